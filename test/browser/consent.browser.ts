import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiCell, apiCell } from "../fixtures/api-cell.ts";
import { openBrowser, picture, SCREENS } from "../fixtures/browser.ts";
import { OAuthProgram } from "../fixtures/oauth-program.ts";

/** A person who lets a program in, with the official client and a real browser. */

let cell: ApiCell;
let browser: Browser;
let program: Server;
let redirectUrl: string;

beforeAll(async () => {
  [cell, browser] = await Promise.all([apiCell(), openBrowser()]);
  program = createServer((_request, reply) => reply.end("You may close this window.")).listen(0, "127.0.0.1");
  await new Promise((listening) => program.once("listening", listening));
  redirectUrl = `http://127.0.0.1:${(program.address() as AddressInfo).port}/callback`;
});

afterAll(async () => {
  await browser.close();
  program.close();
  await cell.close();
});

async function connected(provider: OAuthProgram): Promise<Client> {
  const client = new Client({ name: "skein-tests", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(transportOf(provider));
  return client;
}

const transportOf = (provider: OAuthProgram) =>
  new StreamableHTTPClientTransport(new URL("/mcp", cell.url), { authProvider: provider });

/** The page that the program sends its person to. What the browser complains of ends up in `complaints`. */
async function ledToConsent(screen: BrowserContextOptions) {
  const provider = new OAuthProgram(redirectUrl);
  await connected(provider).catch((error: unknown) => expect(error).toBeInstanceOf(UnauthorizedError));
  const page = await (await browser.newContext(screen)).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(String(provider.sentTo));
  return { provider, page, complaints };
}

const backAtProgram = (page: Page) => page.waitForURL(`${redirectUrl}?*`);
const tokenOf = (page: Page) => page.getByLabel("Your token");

test.each(Object.entries(SCREENS))("a person on %s lets a program in", async (name, screen) => {
  const { provider, page, complaints } = await ledToConsent(screen);
  await picture(page, `consent-${name}`);

  await tokenOf(page).fill(cell.owner);
  await page.getByRole("button", { name: "Allow" }).click();
  await backAtProgram(page);
  await transportOf(provider).finishAuth(new URL(page.url()).searchParams);
  const client = await connected(provider);

  expect((await client.listTools()).tools.length).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
  await client.close();
});

test("the keyboard is enough: the token's field has the focus, and Enter allows", async () => {
  const { page } = await ledToConsent(SCREENS.desktop);

  expect(await tokenOf(page).evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
  await page.keyboard.type(cell.owner);
  await page.keyboard.press("Enter");
  await backAtProgram(page);

  expect(new URL(page.url()).searchParams.get("code")).toBeTruthy();
});

test("who mistypes the token is told so, and may try again", async () => {
  const { page } = await ledToConsent(SCREENS.phone);

  await tokenOf(page).fill("no token at all");
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("alert").waitFor();
  await picture(page, "consent-wrong-token");
  await tokenOf(page).fill(cell.owner);
  await page.getByRole("button", { name: "Allow" }).click();
  await backAtProgram(page);

  expect(new URL(page.url()).searchParams.get("code")).toBeTruthy();
});

test("who says no sends the program away with just that", async () => {
  const { page } = await ledToConsent(SCREENS.desktop);

  await page.getByRole("button", { name: "Deny" }).click();
  await backAtProgram(page);

  const told = new URL(page.url()).searchParams;
  expect(told.get("error")).toBe("access_denied");
  expect(told.get("code")).toBeNull();
});

test("nothing on the page reaches over its edge on a phone", async () => {
  const { page } = await ledToConsent(SCREENS.phone);
  const [scrolled, shown] = await page.locator("html").evaluate((root) => [root.scrollWidth, root.clientWidth]);

  expect(scrolled).toBeLessThanOrEqual(shown);
});

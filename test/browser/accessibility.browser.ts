import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { invoicePage } from "../../layers/core/billing/invoice-page.ts";
import { barriersOf } from "../fixtures/accessibility.ts";
import { picture } from "../fixtures/browser.ts";
import { answerOf, focus, item, PeoplePages, type Someone } from "../fixtures/people-pages.ts";
import { anInvoice } from "../layers/core/billing/invoice-parts.ts";

/** Every page that a cell serves, in each of its states, held against the guidelines by a machine. */

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;
const SCREENS = {
  "a light screen": { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  "a dark screen": { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  "a light phone": { ...PHONE, colorScheme: "light" },
  "a dark phone": { ...PHONE, colorScheme: "dark" },
} as const satisfies Record<string, BrowserContextOptions>;
const CHOICES = { choices: ["Yes, now", "Tonight", "No"], urgency: "high" };
const LONG = "Each word of it counts. ".repeat(400);

let pages: PeoplePages;

beforeAll(async () => {
  pages = await PeoplePages.open();
});
afterEach(() => pages.clear());
afterAll(() => pages.close());

describe.each(Object.entries(SCREENS))("on %s nobody is shut out", (name, screen) => {
  const signedIn = (): Promise<Someone> => pages.signedIn("ann", { screen });
  const isPhone = "isMobile" in screen;
  const back = async (page: Page): Promise<void> => {
    if (isPhone) await page.getByRole("button", { name: "All questions" }).click();
  };

  test("from signing in", async () => {
    const { page } = await pages.opened(screen);
    await page.getByLabel("Your token").waitFor();

    expect(await barriersOf(page)).toEqual([]);

    await page.keyboard.type("no token at all");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await barriersOf(page)).toEqual([]);
  });

  test("from open questions, where there are none and where there are some", async () => {
    const { page } = await signedIn();
    await page.getByText("No open questions.").waitFor();

    expect(await barriersOf(page)).toEqual([]);

    await pages.ask("Deploy version 4.2 to production?", CHOICES);
    await pages.ask("What did the customer say?", { urgency: "low", timeoutSeconds: 100 });
    await item(page, "What did the customer").waitFor();
    expect(await barriersOf(page)).toEqual([]);
  });

  test("from answering: a text, one of several, and a form with faults", async () => {
    const { page } = await signedIn();
    await pages.ask("What did the customer say?");
    await pages.ask("Deploy version 4.2 to production?", CHOICES);
    await pages.ask("Whom do we invoice?", { schema: FORM });

    await item(page, "What did the customer").click();
    await answerOf(page).fill(LONG.repeat(6).slice(0, 50_000));
    expect(await barriersOf(page)).toEqual([]);
    await back(page);
    await item(page, "Deploy version").click();
    await page.getByText("Tonight").click();
    expect(await barriersOf(page)).toEqual([]);
    await back(page);
    await item(page, "Whom do we invoice").click();
    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("This is needed.").first().waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await picture(page, `accessible-form-${name.replaceAll(" ", "-")}`);
  });

  test("from what is over, and what became of it", async () => {
    const { page } = await signedIn();
    const id = await pages.ask("A long story?");
    await pages.ask("And another?");
    await item(page, "A long story?").click();
    await answerOf(page).fill("begun");

    await pages.answer(id, { as: "bob", answer: LONG.slice(0, 3_500) });
    await page.getByText("local:bob answered first.").waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await back(page);
    await page.getByRole("button", { name: /^Past/ }).click();
    await item(page, "A long story?").first().waitFor();
    expect(await barriersOf(page)).toEqual([]);
  });

  test("from messages, who is there, and the shortcuts", async () => {
    const { page } = await signedIn();
    await page.keyboard.press("m");
    await page.getByLabel("Message to Everyone").fill("The release is out.");
    await page.keyboard.press("Control+Enter");
    await page.getByText("The release is out.").first().waitFor();

    expect(await barriersOf(page)).toEqual([]);
    await page.getByLabel("Join a channel").fill("no such name");
    await page.getByRole("button", { name: "Join" }).click();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Direct" }).click();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole("button", { name: "People" }).click();
    await page.getByText("local:ann").last().waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect(await barriersOf(page)).toEqual([]);
  });

  test("from a lost connection", async () => {
    const { page, cut } = await signedIn();
    await pages.ask("Roll back?");
    await item(page, "Roll back?").click();
    await answerOf(page).fill("Yes");
    await cut();
    await page.getByText("Not connected.").waitFor();
    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("Kept in this tab.").waitFor();

    expect(await barriersOf(page)).toEqual([]);
  });

  test("from letting a program in", async () => {
    const { page } = await pages.opened(screen, await consentPath());
    await page.getByLabel("Your token").waitFor();

    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("alert").waitFor();
    expect(await barriersOf(page)).toEqual([]);
    expect(pages.complaints.splice(0)).toEqual([expect.stringContaining("403")]);
  });

  test("from a program that can't be let in", async () => {
    const { page } = await pages.opened(screen, "/oauth/authorize?client_id=nobody");
    await page.getByRole("heading", { name: "This does not work" }).waitFor();

    expect(await barriersOf(page)).toEqual([]);
    expect(pages.complaints.splice(0)).toEqual([expect.stringContaining("400")]);
  });

  test("from an invoice, as it grows and as it is final", async () => {
    const { page } = await pages.opened(screen);
    const month = new Date().toISOString().slice(0, "2027-01".length);
    await page.setExtraHTTPHeaders({ authorization: `Bearer ${pages.cell.owner}`, accept: "text/html" });
    await page.goto(`${pages.cell.url}/api/tenants/local/invoices/${month}`);
    await page.getByText("preliminary").first().waitFor();

    expect(await barriersOf(page)).toEqual([]);
    await page.setContent(invoicePage({ ...anInvoice(), status: "final", number: "acme-2027-01" }));
    await page.getByText("This invoice is final.").waitFor();
    expect(await barriersOf(page)).toEqual([]);
  });
});

test("what shuts people out is found, also on a page with a strict policy", async () => {
  const { page } = await pages.opened();
  await page.getByLabel("Your token").waitFor();

  await page.locator("label").evaluate((label) => label.remove());
  await focus(page).evaluate((field) => field.removeAttribute("aria-describedby"));

  expect(await barriersOf(page)).toEqual([expect.stringContaining("label at #token")]);
});

/** Where a program sends the person whom it asks for leave. */
async function consentPath(): Promise<string> {
  const redirectUri = "http://127.0.0.1:7777/callback";
  const json = { client_name: "A program", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" };
  const registered = await pages.cell.ask("POST", "/oauth/register", { json });
  const query = new URLSearchParams({
    response_type: "code",
    client_id: (registered.json as { client_id: string }).client_id,
    redirect_uri: redirectUri,
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    resource: `${pages.cell.url}/mcp`,
  });
  return `/oauth/authorize?${query}`;
}

const FORM = {
  type: "object",
  properties: {
    email: { type: "string", format: "email", title: "E-mail", description: "Where the invoice goes." },
    seats: { type: "integer", title: "Seats", minimum: 1, maximum: 500 },
    plan: { type: "string", title: "Plan", enum: ["solo", "team"] },
    regions: { type: "array", title: "Regions", minItems: 1, items: { type: "string", enum: ["eu", "us"] } },
    due: { type: "string", format: "date", title: "Due" },
    at: { type: "string", format: "date-time", title: "At" },
    po: { type: "boolean", title: "Purchase order needed", description: "As the law has it." },
  },
  required: ["email", "seats", "regions"],
};

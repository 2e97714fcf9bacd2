import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { SCREENS } from "../fixtures/browser.ts";
import { item, PeoplePages } from "../fixtures/people-pages.ts";

/** What the browser tells of new questions while somebody looks elsewhere. */

let pages: PeoplePages;

beforeAll(async () => {
  pages = await PeoplePages.open();
});
afterEach(() => pages.clear());
afterAll(() => pages.close());

/** Writes down what the browser is given to show, since without a screen it shows nothing; and what it is asked for leave. */
const WRITTEN_DOWN = `
  globalThis.shown = [];
  globalThis.requests = 0;
  const { requestPermission } = Notification;
  globalThis.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options);
      shown.push({ title, ...options });
      globalThis.last = this;
    }
    static requestPermission() {
      requests++;
      return requestPermission.call(Notification);
    }
  };
  document.hasFocus = () => globalThis.isLookedAt ?? false;
`;

async function noticed(): Promise<Page> {
  const { page } = await pages.opened({ ...SCREENS.desktop, permissions: ["notifications"] });
  await page.addInitScript(WRITTEN_DOWN);
  await page.reload();
  await pages.signIn(page, { subject: "ann", role: "developer" });
  return page;
}
const told = (page: Page) => page.evaluate("shown");
const noticeSwitch = (page: Page) => page.getByRole("button", { name: "Notify me of new questions" });

test("nobody is asked for leave, and nothing is shown, before they have clicked for it", async () => {
  const page = await noticed();
  await pages.ask("Before any click?");
  await item(page, "Before any click?").waitFor();

  expect(await noticeSwitch(page).getAttribute("aria-pressed")).toBe("false");
  expect(await page.evaluate("[requests, shown.length]")).toEqual([0, 0]);
});

test("who has switched them on is shown a new question without a sound, until they switch them off", async () => {
  const page = await noticed();
  await noticeSwitch(page).click();
  await page.locator("[aria-pressed=true].icon").waitFor();

  await pages.ask("While you were away?");
  await item(page, "While you were away?").waitFor();
  const shown = await told(page);
  await noticeSwitch(page).click();
  await page.locator("[aria-pressed=false].icon").waitFor();
  await pages.ask("And now?");
  await item(page, "And now?").waitFor();

  const notice = { title: "local:deploy-bot asks", body: "While you were away?", tag: "skein", silent: true };
  expect(shown).toEqual([notice]);
  expect(await told(page)).toEqual([notice]);
  expect(await page.evaluate("requests")).toBe(1);
});

test("who looks at the page is shown none, and a reload shows none again and keeps them on", async () => {
  const page = await noticed();
  await noticeSwitch(page).click();
  await page.locator("[aria-pressed=true].icon").waitFor();
  await page.evaluate("isLookedAt = true");

  await pages.ask("Seen anyway?");
  await item(page, "Seen anyway?").waitFor();
  const whileLooking = await told(page);
  await page.reload();
  await item(page, "Seen anyway?").waitFor();

  expect([whileLooking, await told(page)]).toEqual([[], []]);
  expect(await noticeSwitch(page).getAttribute("aria-pressed")).toBe("true");
});

test("a click on one leads to its question", async () => {
  const page = await noticed();
  await noticeSwitch(page).click();
  await pages.ask("The first");
  await item(page, "The first").click();
  const id = await pages.ask("The one that is told of");
  await item(page, "The one that is told of").waitFor();

  await page.evaluate("last.onclick()");

  await page.getByRole("heading", { name: "The one that is told of" }).waitFor();
  expect(new URL(page.url()).hash).toBe(`#questions/${id}`);
});

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { picture, SCREENS } from "../fixtures/browser.ts";
import { answerOf, focus, item, PeoplePages } from "../fixtures/people-pages.ts";

/** Whoever works by keys alone: where the focus is, whatever comes and goes. */

let pages: PeoplePages;

beforeAll(async () => {
  pages = await PeoplePages.open();
});
afterEach(() => pages.clear());
afterAll(() => pages.close());

const PHONE = { screen: { ...SCREENS.phone, viewport: { width: 360, height: 740 } } };
/** What takes no focus any more loses it before the second. */
const TWO_FRAMES = "new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))";
const article = (page: Page) => page.locator("article:focus");
const main = (page: Page) => page.locator("#main:focus");

describe("the focus stays where the work is", () => {
  test("when somebody has signed in", async () => {
    const { page } = await pages.signedIn("ann");

    await main(page).waitFor();
    await page.keyboard.press("Tab");
    expect(await focus(page).textContent()).toContain("Open");
  });

  test("when somebody else has picked a choice first", async () => {
    const { page } = await pages.signedIn("ann");
    const id = await pages.ask("Which one?", { choices: ["A", "B"] });
    await page.getByRole("radio", { name: "A" }).waitFor();
    await page.keyboard.press("1");

    await pages.answer(id, { as: "bob", answer: "B" });
    await page.getByText("local:bob answered first.").waitFor();

    await article(page).waitFor();
    expect(await focus(page).textContent()).toContain("Which one?");
  });

  test("when somebody else has filled in the form first", async () => {
    const { page } = await pages.signedIn("ann");
    const schema = { type: "object", properties: { size: { type: "string", title: "Size" } }, required: ["size"] };
    const id = await pages.ask("How large?", { schema });
    await page.getByLabel("Size").fill("XL, as far as I");

    await pages.answer(id, { as: "bob", answer: { size: "M" } });
    await page.getByText("local:bob answered first.").waitFor();

    await article(page).waitFor();
    await page
      .getByText("size: XL, as far as I")
      .or(page.getByRole("button", { name: "Copy it" }))
      .first()
      .waitFor();
  });

  test("when the question that has it in the list is closed", async () => {
    const { page } = await pages.signedIn("ann");
    const id = await pages.ask("Goes away");
    await pages.ask("Stays");
    await item(page, "Stays").click();
    await item(page, "Goes away").focus();

    await pages.answer(id, { as: "bob", answer: "gone" });
    await item(page, "Goes away").waitFor({ state: "detached" });

    await page.locator(".list:focus").waitFor();
    await page.keyboard.press("Enter");
    expect(await focus(page).getAttribute("id")).toBe(await answerOf(page).getAttribute("id"));
  });

  test("when an answer is on its way, and when it has arrived", async () => {
    const { page, cut, mend } = await pages.signedIn("ann");
    await pages.ask("Sent by its button?");
    await answerOf(page).fill("Yes");
    await cut();
    await page.getByText("Not connected.").waitFor();

    await page.getByRole("button", { name: "Send answer" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Kept in this tab.").waitFor();
    await page.evaluate(TWO_FRAMES);
    const waiting = await focus(page).allTextContents();
    await page.getByRole("button", { name: "Try now" }).focus();
    mend();
    await page.keyboard.press("Enter");
    await page.getByText("You answered").waitFor();

    expect(waiting).toEqual(["Waiting …"]);
    await main(page).or(article(page)).waitFor();
  });

  test("when a channel is left", async () => {
    const { page } = await pages.signedIn("ann");
    await page.keyboard.press("m");
    await main(page).waitFor();
    await page.getByLabel("Join a channel").fill("deploys");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Leave" }).focus();

    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Everyone" }).waitFor();

    await main(page).waitFor();
    expect(await page.getByRole("button", { name: "#deploys" }).count()).toBe(0);
  });

  test("on a phone, into a question and out of it", async () => {
    const { page } = await pages.signedIn("ann", PHONE);
    await pages.ask("On the way?");

    await item(page, "On the way?").click();
    await article(page).waitFor();
    await page.getByRole("button", { name: "All questions" }).click();

    expect(await focus(page).getAttribute("id")).toMatch(/^item-req-/);
  });
});

test("what is typed right after one question is in the next one's answer, whole", async () => {
  const { page } = await pages.signedIn("ann");
  for (const question of ["One", "Two", "Three", "Four"]) await pages.ask(question);
  await item(page, "Four").waitFor();
  await item(page, "One").click();

  const begun: string[] = [];
  for (const next of ["Two", "Three", "Four"]) {
    await answerOf(page).focus();
    await page.keyboard.type("done");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: /Next question/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("quite");
    await page.getByRole("heading", { name: next }).waitFor();
    begun.push(await answerOf(page).inputValue());
    await answerOf(page).fill("");
  }

  expect(begun).toEqual(["quite", "quite", "quite"]);
});

test("Escape leaves the field of a message, and keys are shortcuts again", async () => {
  const { page } = await pages.signedIn("ann");
  await page.keyboard.press("m");
  await page.getByLabel("Message to Everyone").fill("not yet");

  await page.keyboard.press("Escape");
  const left = await focus(page).textContent();
  await page.keyboard.press("p");

  await page.getByRole("heading", { name: "Who is there" }).waitFor();
  expect(left).toContain("Everyone");
});

test("the first field with a fault is shown with its label", async () => {
  const { page } = await pages.signedIn("ann", {
    screen: { ...SCREENS.desktop, viewport: { width: 1280, height: 500 } },
  });
  const properties = Object.fromEntries(
    ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"].map((name) => [name, { type: "string", title: name }]),
  );
  await pages.ask("Six of them?", { schema: { type: "object", properties, required: ["Alpha"] } });

  await page.getByLabel("Gamma").focus();
  await page.locator(".detail").evaluate((detail) => {
    // Only its lower half is seen.
    const field = detail.querySelector("input")?.getBoundingClientRect();
    detail.scrollTop += (field?.y ?? 0) + (field?.height ?? 0) / 2 - detail.getBoundingClientRect().y;
  });

  await page.keyboard.press("Control+Enter");
  await page.getByText("This is needed.").waitFor();
  await picture(page, "people-form-fault");

  const [label, top] = await Promise.all([
    page.getByText("Alpha", { exact: true }).boundingBox(),
    page.locator("header").boundingBox(),
  ]);
  expect(label?.y).toBeGreaterThan((top?.y ?? 0) + (top?.height ?? 0));
});

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { picture, SCREENS } from "../fixtures/browser.ts";
import { answerOf, item, PeoplePages } from "../fixtures/people-pages.ts";

/** Very many questions, very long ones, those of long ago, and how one comes to a certain one. */

const LONG = "All of this counts, each word of it. ".repeat(300);

let pages: PeoplePages;

beforeAll(async () => {
  pages = await PeoplePages.open();
});
afterEach(() => pages.clear());
afterAll(() => pages.close());

const PHONE = { ...SCREENS.phone, viewport: { width: 360, height: 740 } };
const question = (page: Page, name: string) => page.getByRole("heading", { name, exact: true });
const list = (page: Page) => page.getByRole("region", { name: "Questions" });

async function askMany(count: number, what = "many"): Promise<void> {
  for (let from = 0; from < count; from += 20) {
    const some = Array.from(
      { length: Math.min(20, count - from) },
      (_, index) => `Question ${from + index} of ${what}`,
    );
    await Promise.all(some.map((text) => pages.ask(text)));
  }
}

describe("of very many questions", () => {
  test("all are there after a reload, and counted in the title", async () => {
    const { page } = await pages.signedIn("ann");
    await askMany(205);

    await page.reload();
    await page.getByRole("button", { name: "Open 205" }).waitFor();
    await picture(page, "people-many");

    expect(await page.title()).toBe("(205) Questions – Skein");
    expect(await list(page).getByRole("listitem").count()).toBe(205);
  });

  test("one is found by words, and by who asked", async () => {
    const { page } = await pages.signedIn("ann");
    await askMany(12);
    await pages.ask("Is the harbour in Trieste open?");
    await item(page, "Trieste").waitFor();

    await page.getByRole("searchbox", { name: "Find in these questions" }).fill("DEPLOY-bot trieste");
    const found = await list(page).getByRole("listitem").allTextContents();
    await picture(page, "people-found");
    await page.getByRole("searchbox").fill("nowhere at all");
    await page.getByText("None of these has such words.").waitFor();

    expect(found).toEqual([expect.stringContaining("Trieste")]);
  });

  test("those of the past that no connection tells of are read page by page", async () => {
    await askMany(120, "the past");
    await pages.withdrawAll();
    const { page } = await pages.signedIn("new-here");
    await page.getByRole("button", { name: /^Past/ }).click();
    const told = await list(page).getByRole("listitem").count();

    await page.getByRole("button", { name: "Earlier questions" }).click();
    await page.getByRole("button", { name: "Earlier questions" }).click();
    await item(page, "Question 0 of the past").waitFor();

    expect(told).toBeLessThan(120);
    expect(await list(page).getByRole("listitem").count()).toBeGreaterThanOrEqual(120);
  });
});

describe("a long text", () => {
  test("is a title and what follows, and no list or voice tells all of it", async () => {
    const { page } = await pages.signedIn("ann");
    await pages.ask(`The plan for May\n${LONG}`.slice(0, 10_000).trim());
    await question(page, "The plan for May").waitFor();
    await picture(page, "people-long");

    const named = (await item(page, "The plan for May").textContent()) ?? "";
    const spoken = (await page.locator(".unseen[role=status]").textContent()) ?? "";

    expect(named.length).toBeLessThan(400);
    expect(spoken.length).toBeLessThan(400);
    expect(await page.locator(".question-rest").textContent()).toContain("each word of it");
  });

  test("that was answered is read by those who were told only that it was", async () => {
    const [ann, bob] = [await pages.signedIn("ann"), await pages.signedIn("bob")];
    await pages.ask("The whole story?");
    await answerOf(ann.page).fill(`${LONG.repeat(5).slice(0, 49_991)} The end.`);
    await ann.page.getByRole("button", { name: "Send answer" }).click();
    await ann.page.getByText("You answered").waitFor();

    await bob.page.getByText("local:ann answered.").waitFor();
    const answer = bob.page.getByRole("region", { name: "The answer" });
    await answer.waitFor();

    expect((await answer.textContent())?.length).toBe(50_000);
    await picture(bob.page, "people-long-answer");
  });

  test("is answered with as many characters as may be, also where each takes three bytes", async () => {
    const { page } = await pages.signedIn("ann");
    const id = await pages.ask("In Chinese?");
    await answerOf(page).fill("界".repeat(50_000));

    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("You answered.").waitFor();

    expect(await pages.stored(id)).toMatchObject({ state: "answered", answer: { value: "界".repeat(50_000) } });
  });

  test.each(["desktop", "phone"] as const)("reaches over no edge on a %s, whatever it is made of", async (name) => {
    const { page } = await pages.signedIn("ann", { screen: name === "phone" ? PHONE : SCREENS.desktop });
    await pages.ask("x".repeat(9_999), { choices: ["c".repeat(500), "No"] });

    await item(page, "xxxx").click();
    await page.getByRole("radio", { name: "No", exact: true }).waitFor();

    const overflow = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await page.getByRole("heading", { name: "A long question from local:deploy-bot" }).count()).toBe(1);
  });
});

test("a text runs from right to left where its letters do", async () => {
  const { page } = await pages.signedIn("ann");
  await pages.ask("هل ننشر الإصدار 4.2 الآن؟ 🚀", { choices: ["نعم 🎉", "No"] });
  await page.getByRole("radio", { name: "نعم" }).waitFor();
  await picture(page, "people-right-to-left");

  const areRightToLeft = await Promise.all(
    [
      page.locator(".question-text"),
      page.locator(".item-text").first(),
      page.getByText("نعم"),
      page.getByText("No", { exact: true }),
    ].map((text) => text.evaluate((element) => element.matches(":dir(rtl)"))),
  );

  expect(areRightToLeft).toEqual([true, true, true, false]);
});

describe("a link", () => {
  test("leads to one question: also after signing in, and also once it is over", async () => {
    const { page } = await pages.signedIn("ann");
    const id = await pages.ask("Where is it?");
    await pages.ask("Another one");
    await item(page, "Where is it?").click();
    await page.getByRole("button", { name: "Copy link" }).click();
    const link = String(await page.evaluate("navigator.clipboard.readText()"));
    await pages.answer(id, { as: "bob", answer: "Here it is." });

    const other = await pages.opened(SCREENS.desktop, new URL(link).pathname + new URL(link).hash);
    await pages.signIn(other.page, { subject: "cleo", role: "viewer" });

    await question(other.page, "Where is it?").waitFor();
    await other.page.getByText("Here it is.").waitFor();
    expect(new URL(link).hash).toBe(`#questions/${id}`);
  });

  test("to a question of somebody else's tells no more than that there is none", async () => {
    const id = await pages.ask("For bob alone", { to: "member:local:bob" });
    const { page } = await pages.opened(SCREENS.desktop, `/people#questions/${id}`);

    await pages.signIn(page, { subject: "ann", role: "developer" });

    await page.getByText("There is no such question for you.").waitFor();
    expect(pages.complaints.splice(0)).toEqual([expect.stringContaining("404")]);
    expect(await page.getByText("For bob alone").count()).toBe(0);
  });

  test("back leads where one was: from messages to the question, and on a phone from it to the list", async () => {
    const { page } = await pages.signedIn("ann", { screen: PHONE });
    await pages.ask("On the way?");
    await item(page, "On the way?").click();
    await question(page, "On the way?").waitFor();
    await page.getByRole("button", { name: "Messages" }).click();
    await page.getByRole("button", { name: "Direct" }).click();
    await page.getByRole("heading", { name: "Direct" }).waitFor();

    await page.goBack();
    await page.getByRole("heading", { name: "Everyone" }).waitFor();
    await page.goBack();
    await answerOf(page).waitFor();
    await page.goBack();

    await item(page, "On the way?").waitFor();
    expect(await answerOf(page).isVisible()).toBe(false);
  });

  test("a reload stays with the question that was looked at", async () => {
    const { page } = await pages.signedIn("ann");
    await pages.ask("The first");
    await pages.ask("The second");
    await item(page, "The second").click();

    await page.reload();

    await question(page, "The second").waitFor();
    expect(await question(page, "The first").count()).toBe(0);
  });
});

test("who answers in one tab keeps what they had written in another", async () => {
  const [one, other] = [await pages.signedIn("ann"), await pages.signedIn("ann")];
  await pages.ask("In which tab?");
  await answerOf(other.page).fill("in the other, and at length");
  await answerOf(one.page).fill("in this one");
  await one.page.getByRole("button", { name: "Send answer" }).click();
  await one.page.getByText("You answered.").waitFor();

  await other.page.getByText("What you have written was not sent.").waitFor();
  await other.page.getByRole("button", { name: "Copy it" }).click();

  expect(await other.page.evaluate("navigator.clipboard.readText()")).toBe("in the other, and at length");
  expect(await one.page.getByText("What you have written was not sent.").count()).toBe(0);
  await one.page.reload();
  await one.page.getByText("You answered.").waitFor();
  expect(await one.page.getByText("What you have written was not sent.").count()).toBe(0);
});

test.each([
  ["twice", { width: 640, height: 400 }],
  ["four times", { width: 320, height: 256 }],
] as const)("magnified %s, messages are read and written without being cut off", async (name, viewport) => {
  const { page } = await pages.signedIn("ann", { screen: { viewport } });
  await page.getByRole("button", { name: "Messages" }).click();
  await page.getByLabel("Message to Everyone").fill(`Magnified ${name}`);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText(`Magnified ${name}`).waitFor();
  await picture(page, `people-magnified-${name.replace(" ", "-")}`);

  const [log, composer, send] = await Promise.all([
    page.locator(".log").boundingBox(),
    page.locator(".composer").boundingBox(),
    page.getByRole("button", { name: "Send", exact: true }).boundingBox(),
  ]);
  const [wide, high] = await page
    .locator("html")
    .evaluate((root) => [root.scrollWidth - root.clientWidth, root.scrollHeight + root.getBoundingClientRect().y]);

  expect(log?.height).toBeGreaterThan(150);
  expect((log?.y ?? 0) + (log?.height ?? 0)).toBeLessThanOrEqual(composer?.y ?? 0);
  expect((send?.y ?? 0) + (send?.height ?? 0)).toBeLessThanOrEqual(high ?? 0);
  expect(wide).toBeLessThanOrEqual(0);
});

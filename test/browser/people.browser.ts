import type { BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { apiCell } from "../fixtures/api-cell.ts";
import { picture, SCREENS } from "../fixtures/browser.ts";
import { answerOf, focus, item, PeoplePages, type Someone, tryNow } from "../fixtures/people-pages.ts";

/** People who are asked, answer and write, each in a real browser, of a whole cell. */

let pages: PeoplePages;

beforeAll(async () => {
  pages = await PeoplePages.open();
});
afterEach(() => pages.clear());
afterAll(() => pages.close());

const opened = () => pages.opened();
const signedIn = (subject: string, screen?: BrowserContextOptions) => pages.signedIn(subject, { screen });
const ask = (question: string, given?: Readonly<Record<string, unknown>>) => pages.ask(question, given);
const answered = (questionId: string) => pages.stored(questionId);

describe("signing in", () => {
  test("a token is asked for, and a wrong one is told", async () => {
    const { page } = await opened();
    await page.getByLabel("Your token").waitFor();
    await picture(page, "people-sign-in");
    expect(await focus(page).getAttribute("id")).toBe("token");

    await page.keyboard.type("no token at all");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await picture(page, "people-sign-in-wrong");
    await page.getByLabel("Your token").fill(pages.cell.owner);
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.getByText("No open questions.").waitFor();
    await picture(page, "people-empty");
  });

  test("the token stays in its tab: a reload needs none, another tab does, and who signs out is forgotten", async () => {
    const { page } = await signedIn("ann");

    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${pages.cell.url}/people`);
    await other.getByLabel("Your token").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Your token").waitFor();

    const left = await page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]");
    expect(left).toEqual([0, 0, ""]);
  });
});

test("on a cell that is open, nobody on its machine is asked for a token", async () => {
  const open = await apiCell({ open: true });
  const page = await (await pages.browser.newContext(SCREENS.desktop)).newPage();

  await page.goto(`${open.url}/people`);
  await page.getByText("No open questions.").waitFor();

  expect(await page.getByLabel("Your token").count()).toBe(0);
  await page.context().close();
  await open.close();
});

describe("two people and one question", () => {
  test("who answers first has answered, and the other sees at once that it is closed, and keeps what they typed", async () => {
    const [ann, bob] = [await signedIn("ann"), await signedIn("bob")];
    const id = await ask("Which region first?");
    await answerOf(bob.page).fill("eu-west-1, because most of the");
    await answerOf(ann.page).fill("us-east-1");
    await picture(bob.page, "people-typing");

    await ann.page.getByRole("button", { name: "Send answer" }).click();
    await ann.page.getByText("Your answer is stored.").first().waitFor();
    await bob.page.getByText("local:ann answered first.").waitFor();
    await bob.page.getByText("us-east-1", { exact: true }).waitFor();

    await picture(ann.page, "people-answered");
    await picture(bob.page, "people-closed");
    expect(await answered(id)).toMatchObject({ state: "answered", answer: { value: "us-east-1", by: "local:ann" } });
    expect(await answerOf(bob.page).inputValue()).toBe("eu-west-1, because most of the");
    expect(await answerOf(bob.page).isEditable()).toBe(false);
    expect(await focus(bob.page).inputValue()).toBe("eu-west-1, because most of the");
    await bob.page.getByRole("button", { name: "Copy it" }).click();
    expect(await bob.page.evaluate("navigator.clipboard.readText()")).toBe("eu-west-1, because most of the");
  });

  test("both answer in the same moment, and one of them is told that the other was first", async () => {
    const [ann, bob] = [await signedIn("ann"), await signedIn("bob")];
    const id = await ask("Who is on call?");
    await Promise.all([answerOf(ann.page).fill("ann"), answerOf(bob.page).fill("bob")]);

    // Found before either presses: the form of who is late goes away.
    const button = ({ page }: Someone) => page.getByRole("button", { name: "Send answer" }).elementHandle();
    const buttons = await Promise.all([button(ann), button(bob)]);
    await Promise.all(buttons.map((each) => each?.dispatchEvent("click")));

    const { answer } = await onceAnswered(id);
    const [first, second] = answer.value === "ann" ? [ann, bob] : [bob, ann];
    await first.page.getByText("You answered").waitFor();
    await second.page.getByText(`local:${answer.value} answered first.`).waitFor();
    expect(["ann", "bob"]).toContain(answer.value);
  });
});

const ANSWER_MS_MAX = 10_000;

/** The question as it is stored, once somebody has answered it. */
function onceAnswered(id: string): Promise<{ readonly answer: { readonly value: string } }> {
  const read = async () => {
    const told = await answered(id);
    expect(told).toHaveProperty("answer");
    return told as { readonly answer: { readonly value: string } };
  };
  return vi.waitFor(read, { timeout: ANSWER_MS_MAX });
}

describe("a question", () => {
  test("in the middle of an answer survives a reload, with what was typed", async () => {
    const { page } = await signedIn("ann");
    await ask("What did the customer say?");
    await answerOf(page).fill("They said that");

    await page.reload();
    await answerOf(page).waitFor();

    expect(await answerOf(page).inputValue()).toBe("They said that");
  });

  test("is answered while there is no connection, and arrives when there is one", async () => {
    const { page, cut, mend } = await signedIn("ann");
    const id = await ask("Roll back?");
    await answerOf(page).fill("Yes, now");
    await cut();
    await page.getByText("Not connected.").waitFor();

    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("Kept in this tab.").waitFor();
    await page.getByText("1 is waiting.").waitFor();
    await picture(page, "people-offline");
    mend();
    await tryNow(page);
    await page.getByText("You answered").waitFor();

    expect(await answered(id)).toMatchObject({ state: "answered", answer: { value: "Yes, now" } });
    expect(await page.getByText("Not connected.").count()).toBe(0);
  });

  test("that was answered while there was no connection arrives after a reload too", async () => {
    const { page, cut, mend } = await signedIn("ann");
    const id = await ask("Roll back again?");
    await answerOf(page).fill("No");
    await cut();
    await page.getByText("Not connected.").waitFor();
    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("Kept in this tab.").waitFor();

    mend();
    await page.reload();

    expect(await onceAnswered(id)).toMatchObject({ answer: { value: "No" } });
  });

  test("that was answered and not sent is not answered in the name of who signs in next on the tab", async () => {
    const { page, cut, mend } = await signedIn("ann");
    const id = await ask("In whose name?");
    await answerOf(page).fill("ann's");
    await cut();
    await page.getByText("Not connected.").waitFor();
    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("Kept in this tab.").waitFor();
    const spoilt = "JSON.stringify({ ...JSON.parse(sessionStorage.getItem('skein-people')), token: 'spoilt' })";
    await page.evaluate(`sessionStorage.setItem("skein-people", ${spoilt})`);

    mend();
    await page.reload();
    await page.getByLabel("Your token").fill(pages.cell.token({ subject: "bob", role: "developer" }));
    await page.keyboard.press("Enter");
    await answerOf(page).waitFor();

    expect(await answerOf(page).inputValue()).toBe("");
    expect(await page.evaluate("sessionStorage.getItem('skein-people')")).not.toContain("ann's");
    expect(await answered(id)).toMatchObject({ state: "open" });
  });

  test("that came and went while there was no connection is known afterwards", async () => {
    const { page, cut, mend } = await signedIn("ann");
    await ask("Is it still open?");
    await item(page, "Is it still open?").waitFor();
    await cut();
    await page.getByText("Not connected.").waitFor();
    await pages.withdrawAll();
    await ask("Came meanwhile");

    mend();
    await tryNow(page);
    await item(page, "Came meanwhile").waitFor();

    await page.getByText("local:deploy-bot withdrew the question.").waitFor();
    expect(await item(page, "Is it still open?").count()).toBe(0);
  });

  test("with choices is answered by the number keys", async () => {
    const { page } = await signedIn("ann");
    const id = await ask("Deploy version 4.2 to production?", {
      choices: ["Yes, now", "Tonight", "No"],
      urgency: "high",
    });
    await page.getByRole("radio", { name: "Tonight" }).waitFor();
    await page.keyboard.press("2");
    await picture(page, "people-choices");

    await page.keyboard.press("Enter");
    await page.getByText("You answered").waitFor();

    expect(await answered(id)).toMatchObject({ answer: { value: "Tonight" } });
    expect(await focus(page).textContent()).toContain("You answered");
  });

  test("with a form is told what is wrong, field by field, and answered as an object", async () => {
    const { page } = await signedIn("ann");
    const id = await ask("Whom do we invoice?", { schema: INVOICE_SCHEMA });
    await page.getByLabel("E-mail").fill("ann");
    await page.getByLabel("Seats").fill("0");
    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("This is no e-mail address.").waitFor();
    expect(await focus(page).getAttribute("name")).toBe("email");
    await picture(page, "people-form");

    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Seats").fill("12");
    await page.getByLabel("Plan").selectOption("Team");
    await page.getByLabel("Purchase order needed").check();
    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("You answered").waitFor();

    const value = { email: "ann@example.com", seats: 12, plan: "team", po: true };
    expect(await answered(id)).toMatchObject({ answer: { value } });
  });

  test("that is over can be looked up: by whom it was answered, and when", async () => {
    const [ann, bob] = [await signedIn("ann"), await signedIn("bob")];
    await ask("A question of the past");
    await answerOf(ann.page).fill("done");
    await ann.page.getByRole("button", { name: "Send answer" }).click();
    await ann.page.getByText("You answered").waitFor();

    await bob.page.reload();
    await bob.page.getByRole("button", { name: "Past" }).click();

    await item(bob.page, "A question of the past").waitFor();
    expect(await item(bob.page, "A question of the past").textContent()).toContain("answered by local:ann, just now");
    await picture(bob.page, "people-past");
  });

  test("whose time runs out says so without being asked", async () => {
    const { page } = await signedIn("ann");
    await ask("Quick?", { timeoutSeconds: 5 });
    await page
      .getByText(/^[1-5] s left$/)
      .first()
      .waitFor();

    await page.getByText("Its time ran out.").waitFor();

    expect(await page.getByRole("button", { name: "Send answer" }).count()).toBe(0);
  });
});

const INVOICE_SCHEMA = {
  type: "object",
  properties: {
    email: { type: "string", format: "email", title: "E-mail", description: "Where the invoice goes." },
    seats: { type: "integer", title: "Seats", minimum: 1, maximum: 500 },
    plan: {
      type: "string",
      title: "Plan",
      oneOf: [
        { const: "solo", title: "Solo" },
        { const: "team", title: "Team" },
      ],
    },
    due: { type: "string", format: "date", title: "Due" },
    po: { type: "boolean", title: "Purchase order needed" },
  },
  required: ["email", "seats"],
};

describe("the keyboard", () => {
  test("is enough: j and k go through the questions, Enter to the answer, Ctrl+Enter sends, and the focus stays at work", async () => {
    const { page } = await signedIn("ann");
    for (const [question, urgency] of [
      ["Later", "low"],
      ["First", "high"],
      ["Then", "normal"],
    ] as const) {
      await ask(question, { urgency });
    }
    await item(page, "Then").waitFor();
    const order = await page.getByRole("region", { name: "Questions" }).getByRole("listitem").allTextContents();
    expect(order.map((text) => text.match(/First|Then|Later/)?.[0])).toEqual(["First", "Then", "Later"]);

    await item(page, "First").click();
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: "Then" }).waitFor();
    await page.keyboard.press("k");
    await page.getByRole("heading", { name: "First" }).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("typed by keys, jk? and all");
    await page.keyboard.press("Control+Enter");
    await page.getByText("You answered").waitFor();
    await page.getByRole("button", { name: /Next question/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Then" }).waitFor();
    await page.keyboard.type("and on");

    expect(await answerOf(page).inputValue()).toBe("and on");
  });

  test("tells its shortcuts in a dialog, which Escape closes", async () => {
    const { page } = await signedIn("ann");

    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await picture(page, "people-shortcuts");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("m");

    await page.getByRole("heading", { name: "Everyone" }).waitFor();
    expect(await page.getByRole("button", { name: "Messages" }).getAttribute("aria-current")).toBe("page");
  });
});

describe("messages", () => {
  test("reach who is there, are told as new to who looks elsewhere, and stay", async () => {
    const [ann, bob] = [await signedIn("ann"), await signedIn("bob")];
    await ann.page.keyboard.press("m");
    await ann.page.getByLabel("Message to Everyone").fill("The release is out.");
    await ann.page.keyboard.press("Control+Enter");
    await ann.page.getByText("The release is out.").waitFor();

    await bob.page.getByRole("button", { name: "Messages 1" }).click();
    await bob.page.getByText("The release is out.").waitFor();
    await bob.page.getByLabel("Message to Everyone").fill("Thank you!");
    await bob.page.getByRole("button", { name: "Send", exact: true }).click();
    await ann.page.getByText("Thank you!").waitFor();
    await picture(ann.page, "people-messages");
    await ann.page.reload();
    await ann.page.getByRole("button", { name: "Messages" }).click();

    await ann.page.getByText("Thank you!").waitFor();
    expect(await ann.page.getByText("The release is out.").count()).toBe(1);
  });

  test("go to one person, and nobody else sees them", async () => {
    const [ann, bob, eve] = [await signedIn("ann"), await signedIn("bob"), await signedIn("eve")];
    await ann.page.keyboard.press("m");
    await ann.page.getByRole("button", { name: "Direct" }).click();
    await ann.page.getByLabel("To").fill("local:bob");
    await ann.page.getByRole("textbox", { name: "Message" }).fill("For you alone");
    await ann.page.keyboard.press("Control+Enter");

    await bob.page.getByRole("button", { name: "Messages 1" }).click();
    await bob.page.getByRole("button", { name: "Direct" }).click();
    await bob.page.getByText("For you alone").waitFor();
    await eve.page.getByRole("button", { name: "Messages" }).click();
    await eve.page.getByRole("button", { name: "Direct" }).click();

    expect(await eve.page.getByText("For you alone").count()).toBe(0);
  });

  test("of a channel that was joined come also after a reload", async () => {
    const { page } = await signedIn("ann");
    await page.keyboard.press("m");
    await page.getByLabel("Join a channel").fill("deploys");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "#deploys" }).waitFor();
    await page.getByLabel("Message to #deploys").fill("4.2 goes out");
    await page.keyboard.press("Control+Enter");
    await page.getByText("4.2 goes out").waitFor();

    await page.reload();
    await page.getByRole("button", { name: "Messages" }).click();
    await page.getByRole("button", { name: "#deploys" }).click();

    await page.getByText("4.2 goes out").waitFor();
    expect(await page.getByText("4.2 goes out").count()).toBe(1);
  });

  test("can't be written by who may only read, and the page says so", async () => {
    const someone = await opened();
    await someone.page.getByLabel("Your token").fill(pages.cell.token({ subject: "vera", role: "viewer" }));
    await someone.page.keyboard.press("Enter");
    await someone.page.getByRole("button", { name: "Messages" }).click();

    await someone.page.getByText("you read here, and can't write").waitFor();

    expect(await someone.page.getByRole("textbox", { name: /Message/ }).count()).toBe(0);
  });
});

test("who is there is shown, also several at once", async () => {
  const [ann] = [await signedIn("ann"), await signedIn("bob")];
  await ann.page.reload();
  await ann.page.getByRole("button", { name: "People 2" }).waitFor();
  await ann.page.keyboard.press("p");

  await ann.page.getByText("local:bob").waitFor();
  await picture(ann.page, "people-there");
  expect(await ann.page.getByRole("listitem").allTextContents()).toHaveLength(2);
});

test("the title counts the open questions, and those who can't see are told of a new one", async () => {
  const { page } = await signedIn("ann");
  await ask("Anybody there?");

  await page.getByRole("status").filter({ hasText: "New question from local:deploy-bot: Anybody there?" }).waitFor();

  expect(await page.title()).toBe("(1) Questions – Skein");
});

test.each(Object.entries(SCREENS))(
  "on %s nothing reaches over the edge, and a question is found and answered",
  async (name, screen) => {
    const { page } = await signedIn("ann", screen);
    await ask("Deploy version 4.2 to production?", { choices: ["Yes, now", "Tonight", "No"], urgency: "high" });
    await ask(`A long one: ${"what do you think of this very plan, and why? ".repeat(12)}`);
    await item(page, "Deploy version").click();
    await page.getByRole("radio", { name: "No", exact: true }).waitFor();
    await picture(page, `people-${name}`);
    const overflow = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
    await page.getByText("Tonight").click();
    await page.getByRole("button", { name: "Send answer" }).click();
    await page.getByText("You answered").waitFor();

    expect(overflow).toBeLessThanOrEqual(0);
  },
);

test("on a phone the list leads to a question and back", async () => {
  const { page } = await signedIn("ann", SCREENS.phone);
  await ask("On the way?");
  await item(page, "On the way?").waitFor();
  await picture(page, "people-phone-list");

  await item(page, "On the way?").click();
  await answerOf(page).waitFor();
  await page.getByRole("button", { name: "All questions" }).click();

  await item(page, "On the way?").waitFor();
  expect(await answerOf(page).isVisible()).toBe(false);
});

import type { BoardQuestion } from "../../client/people/question-board.ts";
import { jsonText } from "./json-text.ts";

/** Of a text that stands for a longer one: what a list shows of it, and what is said aloud. */
const BEGINNING_CHARACTERS_MAX = 240;
/** A longer one is no title any more, and is not set as one. */
const TITLE_CHARACTERS_MAX = 280;

export function beginningOf(text: string): string {
  const isShort = text.length <= BEGINNING_CHARACTERS_MAX;
  // Not within a character of two units.
  return isShort ? text : `${text.slice(0, BEGINNING_CHARACTERS_MAX).replace(/[\uD800-\uDBFF]$/, "")} …`;
}

/** A question as its title, and what follows: of one that is long, the first line is the title, where that can be one. */
export function titledQuestion(question: string): { readonly title: string; readonly rest: string } {
  if (question.length <= TITLE_CHARACTERS_MAX && !question.includes("\n")) return { title: question, rest: "" };
  const end = question.indexOf("\n");
  const first = end < 0 ? question : question.slice(0, end);
  const isTitle = first.trim() !== "" && first.length <= TITLE_CHARACTERS_MAX;
  return isTitle ? { title: first, rest: question.slice(end + 1) } : { title: "", rest: question };
}

/** Whether all words that somebody looks for are in a question: in its text, its answer, or the names of people. */
export function hasWords(question: BoardQuestion, sought: string): boolean {
  const { closed } = question;
  const answer = closed?.answer === undefined ? "" : jsonText(closed.answer);
  const text = [question.question, question.askedBy, closed?.by, answer].join("\n").toLowerCase();
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

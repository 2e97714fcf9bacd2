import { type Job, openQuestions } from "../../core/job/job.ts";
import type { Json } from "../../core/ports/table.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import type { InputMethod, Question } from "../toolkit/question.ts";
import { plainJson } from "./tool-job.ts";

/** A question as a job keeps it, under a key that no other question of the job ever has. */
export interface KeptQuestion {
  /** The tool's own. */
  readonly key: string;
  readonly method: InputMethod;
  readonly params?: Readonly<Record<string, unknown>>;
}

/**
 * Names new questions apart from all that the job has asked: an answer that did not fit is asked for again, and must not
 * be taken for the question that was answered (tasks extension, "Task Update Requests").
 */
export function newQuestions(
  { questions }: Pick<Job, "questions">,
  asked: ReadonlyMap<string, Question<unknown>>,
): Readonly<Record<string, Json>> {
  const named: Record<string, Json> = {};
  for (const [key, { request }] of asked) {
    let name = key;
    for (let round = 2; Object.hasOwn(questions, name) || Object.hasOwn(named, name); round++) name = `${key}#${round}`;
    named[name] = plainJson({ key, ...request });
  }
  return named;
}

/** What the tool is answered by its own keys: the last answer to each. */
export function answersByKey({ questions, answers }: Pick<Job, "questions" | "answers">): Record<string, unknown> {
  const byKey: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(questions)) {
    const question = readQuestion(raw);
    if (question !== undefined && Object.hasOwn(answers, name)) byKey[question.key] = answers[name];
  }
  return byKey;
}

/** What waits for an answer, as a client is asked it, by the names that answers come under. */
export function inputRequestsOf(job: Pick<Job, "questions" | "answers">): Readonly<Record<string, Question<unknown>>> {
  return Object.fromEntries(
    Object.entries(openQuestions(job)).flatMap(([name, raw]) => {
      const kept = readQuestion(raw);
      return kept === undefined ? [] : [[name, askable(kept)]];
    }),
  );
}

/** The answer is read by the tool's own question, when its job runs again. */
function askable({ method, params }: KeptQuestion): Question<unknown> {
  const request = params === undefined ? { method } : { method, params };
  return { kind: kindOf(method, params), request, read: (raw) => (isRecord(raw) ? raw : undefined) };
}

function kindOf(method: InputMethod, params: KeptQuestion["params"]): Question<unknown>["kind"] {
  switch (method) {
    case "elicitation/create":
      return params?.mode === "url" ? "url" : "form";
    case "sampling/createMessage":
      return "model";
    case "roots/list":
      return "roots";
  }
}

function readQuestion(raw: Json | undefined): KeptQuestion | undefined {
  if (!isRecord(raw) || typeof raw.key !== "string" || !isInputMethod(raw.method)) return undefined;
  const { key, method, params } = raw;
  return isRecord(params) ? { key, method, params } : { key, method };
}

function isInputMethod(raw: unknown): raw is InputMethod {
  return raw === "elicitation/create" || raw === "sampling/createMessage" || raw === "roots/list";
}

/** Those of what a job waits for, as a job keeps them. What is no answer at all is asked for again. */
export function answersFor(job: Job, given: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> {
  const names = Object.keys(openQuestions(job)).filter((name) => Object.hasOwn(given, name));
  return Object.fromEntries(
    names.flatMap((name) => {
      const answer = given[name];
      return isRecord(answer) ? [[name, plainJson(answer)]] : [];
    }),
  );
}

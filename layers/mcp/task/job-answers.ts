import { canonicalJson } from "../../core/canonical-json.ts";
import { type Job, openQuestions } from "../../core/job/job.ts";
import type { Json } from "../../core/ports/table.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import type { InputMethod, Question } from "../toolkit/question.ts";
import { plainJson } from "./tool-job.ts";

/** A question as a job keeps it, under a key that no other question of the job ever has. */
export interface KeptQuestion {
  /** The tool's own. */
  readonly key: string;
  /** How many the job had asked before it. */
  readonly seq: number;
  readonly method: InputMethod;
  readonly params?: Readonly<Record<string, unknown>>;
}

/**
 * Names new questions apart from all that the job has asked: an answer that did not fit is asked for again, and must not
 * be taken for the question that was answered (tasks extension, "Task Update Requests"). One that is still open, since the
 * job was woken before its answer came, is not asked twice.
 */
export function newQuestions(
  { questions, answers }: Pick<Job, "questions" | "answers">,
  asked: ReadonlyMap<string, Question<unknown>>,
): Readonly<Record<string, Json>> {
  const named: Record<string, Json> = {};
  let seq = Object.keys(questions).length;
  for (const [key, { request }] of asked) {
    if (isStillOpen({ questions, answers }, plainJson({ key, ...request }))) continue;
    let name = key;
    for (let round = 2; Object.hasOwn(questions, name) || Object.hasOwn(named, name); round++) name = `${key}#${round}`;
    named[name] = plainJson({ key, seq, ...request });
    seq += 1;
  }
  return named;
}

/** @param question with its key. */
function isStillOpen(job: Pick<Job, "questions" | "answers">, question: Json): boolean {
  const asked = canonicalJson(question);
  return Object.values(openQuestions(job)).some((raw) => {
    const kept = readQuestion(raw);
    if (kept === undefined) return false;
    const { seq: _seq, ...same } = kept;
    return canonicalJson(same) === asked;
  });
}

/** Whether a job waits for answers that have not come. */
export function isAsking(job: Pick<Job, "state" | "questions" | "answers">): boolean {
  return job.state === "waiting" && Object.keys(openQuestions(job)).length > 0;
}

/** What the tool is answered by its own keys: the last answer to each. */
export function answersByKey({ questions, answers }: Pick<Job, "questions" | "answers">): Record<string, unknown> {
  const answered = Object.entries(questions).flatMap(([name, raw]) => {
    const question = readQuestion(raw);
    return question !== undefined && Object.hasOwn(answers, name) ? [{ ...question, answer: answers[name] }] : [];
  });
  answered.sort((a, b) => a.seq - b.seq);
  return Object.fromEntries(answered.map(({ key, answer }) => [key, answer]));
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
  if (!isRecord(raw) || typeof raw.key !== "string" || typeof raw.seq !== "number") return undefined;
  const { key, seq, method, params } = raw;
  if (!isInputMethod(method)) return undefined;
  return isRecord(params) ? { key, seq, method, params } : { key, seq, method };
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

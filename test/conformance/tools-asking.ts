import type { FormAnswer, ModelAnswer } from "skein/toolkit";
import { defineTool, form, model, roots, text, z } from "skein/toolkit";

const nothing = z.object({});
const askName = form({ message: "What is your name?", schema: z.object({ name: z.string() }) });
const askConfirmation = form({ message: "Please confirm", schema: z.object({ ok: z.boolean() }) });

function askModel(prompt: string, maxTokens: number) {
  return model({ messages: [{ role: "user", content: text(prompt) }], maxTokens });
}

function said(answer: ModelAnswer): string {
  const blocks = "type" in answer.content ? [answer.content] : answer.content;
  return blocks.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("");
}

function nameIn(answer: FormAnswer<{ name: string }>): string {
  return answer.action === "accept" ? answer.content.name : "stranger";
}

const described = (answer: FormAnswer<unknown>): string =>
  `action=${answer.action}, content=${JSON.stringify(answer.action === "accept" ? answer.content : {})}`;

/** SEP-1034: a default for each primitive type. */
const profileWithDefaults = {
  type: "object",
  properties: {
    name: { type: "string", description: "User name", default: "John Doe" },
    age: { type: "integer", description: "User age", default: 30 },
    score: { type: "number", description: "User score", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", description: "Verification status", default: true },
  },
  required: [],
};

/** SEP-1330: the five ways to write a choice. */
const choices = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
    titledSingle: {
      type: "string",
      oneOf: [
        { const: "value1", title: "First Option" },
        { const: "value2", title: "Second Option" },
        { const: "value3", title: "Third Option" },
      ],
    },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      items: { type: "string", enum: ["option1", "option2", "option3"] },
    },
    titledMulti: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      items: {
        anyOf: [
          { const: "value1", title: "First Choice" },
          { const: "value2", title: "Second Choice" },
          { const: "value3", title: "Third Choice" },
        ],
      },
    },
  },
  required: [],
};

/** One question, under the names of the revisions with sessions. */
const inSessions = [
  defineTool({
    name: "test_sampling",
    description: "Asks the caller's model.",
    input: z.object({ prompt: z.string().describe("What the model is asked") }),
    run: async ({ prompt }, scope) => {
      const { reply } = await scope.ask({ reply: askModel(prompt, 100) });
      return `LLM response: ${said(reply)}`;
    },
  }),
  defineTool({
    name: "test_elicitation",
    description: "Asks the person for a user name and an address.",
    input: z.object({ message: z.string().describe("What the person is shown") }),
    run: async ({ message }, scope) => {
      const schema = z.object({
        username: z.string().describe("User's response"),
        email: z.string().describe("User's email address"),
      });
      const { person } = await scope.ask({ person: form({ message, schema }) });
      return `User response: ${described(person)}`;
    },
  }),
  defineTool({
    name: "test_elicitation_sep1034_defaults",
    description: "Asks with a form whose fields have defaults.",
    input: nothing,
    run: async (_args, scope) => {
      const { profile } = await scope.ask({
        profile: form({ message: "Please review the profile", schema: profileWithDefaults }),
      });
      return `Elicitation completed: ${described(profile)}`;
    },
  }),
  defineTool({
    name: "test_elicitation_sep1330_enums",
    description: "Asks with a form of choices.",
    input: nothing,
    run: async (_args, scope) => {
      const { chosen } = await scope.ask({ chosen: form({ message: "Please choose", schema: choices }) });
      return `Elicitation completed: ${described(chosen)}`;
    },
  }),
];

/** Questions as results that ask for input (MCP 2026-07-28, multi round-trip requests). */
const inRounds = [
  defineTool({
    name: "test_input_required_result_elicitation",
    description: "Asks the person for a name.",
    input: nothing,
    run: async (_args, scope) => {
      const { user_name } = await scope.ask({ user_name: askName });
      return `Hello, ${nameIn(user_name)}!`;
    },
  }),
  defineTool({
    name: "test_input_required_result_sampling",
    description: "Asks the model for a capital.",
    input: nothing,
    run: async (_args, scope) => {
      const { capital_question } = await scope.ask({
        capital_question: askModel("What is the capital of France?", 100),
      });
      return said(capital_question);
    },
  }),
  defineTool({
    name: "test_input_required_result_list_roots",
    description: "Asks the client for its roots.",
    input: nothing,
    run: async (_args, scope) => {
      const { client_roots } = await scope.ask({ client_roots: roots() });
      return `Roots: ${client_roots.map((root) => root.uri).join(", ")}`;
    },
  }),
  defineTool({
    name: "test_input_required_result_request_state",
    description: "Asks for a confirmation that carries the server's state.",
    input: nothing,
    run: async (_args, scope) => {
      const { confirm } = await scope.ask({ confirm: askConfirmation });
      return `state-ok: ${described(confirm)}`;
    },
  }),
  defineTool({
    name: "test_input_required_result_tampered_state",
    description: "Asks for a confirmation; changed state is refused.",
    input: nothing,
    run: async (_args, scope) => {
      const { confirm } = await scope.ask({ confirm: askConfirmation });
      return `Confirmed: ${described(confirm)}`;
    },
  }),
  defineTool({
    name: "test_input_required_result_multiple_inputs",
    description: "Asks the person, the model and the client at once.",
    input: nothing,
    run: async (_args, scope) => {
      const { user_name, greeting, client_roots } = await scope.ask({
        user_name: askName,
        greeting: askModel("Generate a greeting", 50),
        client_roots: roots(),
      });
      return `${said(greeting)} ${nameIn(user_name)}: ${client_roots.length} root(s)`;
    },
  }),
  defineTool({
    name: "test_input_required_result_multi_round",
    description: "Asks for a name, and then for a colour.",
    input: nothing,
    run: async (_args, scope) => {
      const { step1 } = await scope.ask({
        step1: form({ message: "Step 1: What is your name?", schema: z.object({ name: z.string() }) }),
      });
      const { step2 } = await scope.ask({
        step2: form({ message: "Step 2: What is your favorite color?", schema: z.object({ color: z.string() }) }),
      });
      return `${nameIn(step1)} likes ${step2.action === "accept" ? step2.content.color : "nothing"}.`;
    },
  }),
  defineTool({
    name: "test_input_required_result_capabilities",
    description: "Asks the model alone, so that a client without forms can answer.",
    input: nothing,
    run: async (_args, scope) => {
      const { greeting } = await scope.ask({ greeting: askModel("Generate a greeting", 50) });
      return said(greeting);
    },
  }),
  defineTool({
    name: "test_missing_capability",
    description: "Needs the caller's model; a client that did not declare it is refused.",
    input: nothing,
    run: async (_args, scope) => {
      const { summary } = await scope.ask({ summary: askModel("Summarize nothing", 10) });
      return said(summary);
    },
  }),
  defineTool({
    name: "test_streaming_elicitation",
    description: "Reports progress, then asks the person.",
    input: nothing,
    run: async (_args, scope) => {
      scope.progress(1, 2);
      const { user_name } = await scope.ask({ user_name: askName });
      return `Hello, ${nameIn(user_name)}!`;
    },
  }),
];

export const asking = [...inSessions, ...inRounds];

import { hash } from "node:crypto";
import { htmlText } from "../../core/billing/html.ts";
import type { HttpReply } from "../../core/http/http-message.ts";
import type { Scope } from "../../core/tenant/scope.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import { documentUrlOf } from "./client-metadata.ts";

export interface ConsentPage {
  readonly asked: AuthorizationRequest;
  readonly ticket: string;
  /** What was wrong with the token that the person gave. */
  readonly wrong?: string;
}

/** Asks the person at the machine whether a program may act for them, and who they are. */
export function consentPage({ asked, ticket, wrong }: ConsentPage): HttpReply {
  const { client, redirectUri, scopes } = asked;
  const { host } = new URL(redirectUri);
  const publisher = documentUrlOf(client.clientId)?.host;
  const published = publisher === undefined ? "" : `, published by <strong>${htmlText(publisher)}</strong>,`;
  const body = `<h1>Allow access?</h1>
<p>A program that calls itself <strong>${htmlText(client.name === "" ? "nothing" : client.name)}</strong>${published} wants to use
this server for you. The answer goes to <strong>${htmlText(host)}</strong>. Allow it only if you have just started this there.</p>
<p>It asks to</p>
<ul>
${scopes.map((scope) => `<li>${SCOPE_WORDS[scope]} <code>${scope}</code></li>`).join("\n")}
</ul>
<form method="post" action="/oauth/authorize">
<input type="hidden" name="ticket" value="${htmlText(ticket)}">
<label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="off" autofocus aria-describedby="token-hint"${wrong === undefined ? "" : ' aria-invalid="true"'}>
<p class="hint" id="token-hint">${wrong === undefined ? "" : `<strong role="alert">${htmlText(wrong)}</strong><br>`}Print one on the machine that serves this: <code>npm run -s token</code>.
The program will not see it, and can do no more than it allows.</p>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" class="quiet">Deny</button>
</form>`;
  return page(wrong === undefined ? 200 : 403, { title: "Allow access?", body, formTarget: formTarget(redirectUri) });
}

/** Why a person can't be asked. */
export function refusalPage(status: 400 | 403, words: string): HttpReply {
  const body = `<h1>This does not work</h1>
<p>A program has sent you here to be allowed to use this server, but it can't be answered. ${htmlText(words)}</p>`;
  return page(status, { title: "This does not work", body, formTarget: "" });
}

const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  "mcp:read": "see which tools, prompts and resources there are, read them, and call tools that only read",
  "mcp:call": "call every tool",
  "sessions:read": "read user sessions",
  "sessions:write": "change user sessions",
  "jobs:read": "see jobs, their schedules and their results",
  "jobs:write": "submit, cancel and redrive jobs, and change their schedules",
  "people:read": "read the messages and questions that you are sent",
  "people:write": "send messages, ask people, and answer in your name",
  "tenant:read": "see your tenant, its members, keys, usage and invoices",
  "tenant:admin": "change your tenant, its members and its keys",
  "fleet:admin": "manage all tenants",
};

/** Browsers hold a form to where its answer leads, too. Content Security Policy knows no IPv6 address as a source. */
function formTarget(redirectUri: string): string {
  const { origin, protocol, hostname } = new URL(redirectUri);
  return hostname.startsWith("[") ? protocol : origin;
}

function page(
  status: number,
  { title, body, formTarget: target }: { readonly title: string; readonly body: string; readonly formTarget: string },
): HttpReply {
  const style = `style-src 'sha256-${hash("sha256", STYLE, "base64")}'`;
  const policy = `default-src 'none'; ${style}; form-action 'self' ${target}; frame-ancestors 'none'; base-uri 'none'`;
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": policy,
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      // With no-referrer the form would come back from the origin null, which the door refuses.
      "referrer-policy": "same-origin",
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Skein</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`,
  };
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText }
main { max-width: 34rem; margin: 10vh auto; padding: 0 1.25rem }
h1 { font-size: 1.5rem }
code { font-size: .85em; opacity: .75 }
label { display: block; font-weight: 600; margin-top: 1.5rem }
input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit }
.hint { font-size: .875rem }
[role=alert] { color: light-dark(#a4001d, #ff8f9c) }
button { padding: .6rem 1.4rem; font: inherit; font-weight: 600; cursor: pointer }
.quiet { font-weight: 400 }
`;

import { officialSdk } from "../peers/official-sdk.ts";
import { fetchAnswerer } from "./answerer.ts";
import { runSubject } from "./subject.ts";

runSubject((toolCount) => {
  const handler = officialSdk(toolCount);
  return fetchAnswerer((request) => handler.fetch(request));
});

/** The least that any server does for a call: it reads the JSON and writes the JSON. */
export function floorReply(body: string): string {
  const { id, params } = JSON.parse(body);
  return JSON.stringify({
    jsonrpc: "2.0",
    id,
    result: { content: [{ type: "text", text: params.arguments.message }], resultType: "complete" },
  });
}

/** How long Lambda's own part of a cold start takes: a function that does nothing. */
export const handler = async () => ({ statusCode: 200, body: "" });

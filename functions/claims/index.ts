import { withClaims } from "./handler.ts";

export const handler = async (event: unknown): Promise<Readonly<Record<string, unknown>>> => withClaims(event);

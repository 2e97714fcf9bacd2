import type { Group } from "../group.ts";
import { cloudRows } from "./cloud.ts";
import { fanOut } from "./fan-out.ts";
import { idle } from "./idle.ts";
import { presence } from "./presence.ts";

export const router: Group = {
  about:
    "people at a whole cell's WebSockets, server on one core and clients on another, beside ws that stores nothing; and what it takes in AWS",
  async measure(settings) {
    const held = await idle(settings);
    const delivered = await fanOut(settings);
    const late = await presence(settings);
    return { comparisons: [held, ...delivered], rows: [...late, ...cloudRows()] };
  },
};

import { floorReply } from "../echo/floor-reply.ts";
import { runSubject } from "./subject.ts";

runSubject(
  () =>
    async ({ body }) =>
      floorReply(body),
);

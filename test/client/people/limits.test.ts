import { expect, test } from "vitest";
import * as client from "../../../client/people/limits.ts";
import { FRAME_BYTES_MAX, POSITIONS_MAX } from "../../../layers/people/wire/limits.ts";

test("the client's limits are the server's where these are told to both", () => {
  const { FRAME_BYTES_MAX: frame, POSITIONS_MAX: positions } = client;

  expect({ frame, positions }).toEqual({ frame: FRAME_BYTES_MAX, positions: POSITIONS_MAX });
});

test("a connection that died is noticed within the time in which the server notices its client's death", () => {
  const SERVER_CUTS_AFTER_MS = 60_000;

  expect(client.SILENCE_MS_MAX + client.PONG_TIMEOUT_MS).toBeLessThan(SERVER_CUTS_AFTER_MS);
});

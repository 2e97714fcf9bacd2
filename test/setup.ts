import { beforeEach, expect } from "vitest";

/** A test that asserts nothing can't fail, so it does. */
beforeEach(() => {
  expect.hasAssertions();
});

import { expect, test } from "vitest";
import { preferredType } from "../../../layers/http/media-type.ts";

const OFFERED = ["application/json", "text/csv", "text/html"];

test.each([
  [undefined, "application/json"],
  ["", "application/json"],
  ["*/*", "application/json"],
  ["text/csv", "text/csv"],
  ["TEXT/CSV", "text/csv"],
  ["text/*", "text/csv"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"],
  ["text/csv;q=0.5, text/html;q=0.7, application/json;q=0.1", "text/html"],
  ["*/*, application/json;q=0", "text/csv"],
  ["text/*;q=0.3, text/html;q=0", "text/csv"],
  ["text/html;q=2, text/csv;q=0.1", "text/csv"],
  ["text/html;q=x, text/csv;q=0.1", "text/csv"],
  ["text/html;level=1;q=0.5", "text/html"],
  ["application/json, text/html", "application/json"],
])("who accepts %s is given %s", (accept, type) => {
  expect(preferredType(accept, OFFERED)).toBe(type);
});

test.each(["image/png", "text/csv;q=0", "nonsense"])("who accepts %s is offered nothing of it", (accept) => {
  expect(preferredType(accept, OFFERED)).toBeUndefined();
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { csv } from "../../../../layers/core/billing/csv.ts";

test("rows end as RFC 4180 has it, and what would end a cell stands in quotes", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ["x,y", 'say "hi"'],
        ["two\nlines", -1.5],
      ],
    ),
  ).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",-1.5\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", "＋1", "－1", "＠A"])(
  "a text that begins as %j is no formula",
  (text) => {
    const [, row = ""] = csv(["a"], [[text]]).split("a\r\n");

    expect(row.replace(/^"/, "").startsWith("'")).toBe(true);
  },
);

test("every text is read again as it was, or with the apostrophe before it", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 2 })), (rows) => {
      const read = parsed(csv(["a", "b"], rows));

      const guarded = rows.map((row) => row.map((text) => (/^[=+\-@\t\r\n\0＝＋－＠]/.test(text) ? `'${text}` : text)));
      expect(read).toEqual([["a", "b"], ...guarded]);
    }),
  );
});

/** RFC 4180, read one character at a time. */
function parsed(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], "", false];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quoted && character === '"' && text.charAt(at + 1) === '"') {
      cell += '"';
      at++;
    } else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ",") [row, cell] = [[...row, cell], ""];
    else if (!quoted && text.startsWith("\r\n", at)) {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
      at++;
    } else cell += character;
  }
  return rows;
}

import { expect, test } from "vitest";
import { firstSentence, textOfHtml } from "../../../scripts/build/cyberchef-text.ts";

test.each([
  ["one<br><br>two", "one\n\ntwo"],
  ["<ul><li>a</li><li>b</li></ul>after", "- a\n- b\nafter"],
  ["<code>a &lt; b &amp;&amp; c</code>", "a < b && c"],
  ["1 < 2", "1 < 2"],
  ["&unknown;", "&unknown;"],
])("%j becomes %j", (html, text) => {
  expect(textOfHtml(html)).toBe(text);
});

test.each([
  ["Counts. And more.", "Counts."],
  ["AES is a U.S. Federal standard. It is old.", "AES is a U.S. Federal standard."],
  ["Encodes, e.g. Text, as bytes. Done.", "Encodes, e.g. Text, as bytes."],
  ["No full stop\nsecond line", "No full stop"],
  [`${"long ".repeat(60)}end.`, expect.stringMatching(/^.{199}…$/)],
])("the first sentence of %j is %j", (text, sentence) => {
  expect(firstSentence(text)).toEqual(sentence);
});

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', nbsp: " " };

/** CyberChef's descriptions as plain text: breaks and list items on lines of their own, all other markup dropped. */
export function textOfHtml(html: string): string {
  return html
    .replace(/<br\s*\/?>/gi, "\n")
    .replace(/<li>/gi, "\n- ")
    .replace(/<\/[uo]l>/gi, "\n")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/&([a-z]+);/gi, (entity, name: string) => ENTITIES[name] ?? entity)
    .replace(/[ \t]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const SUMMARY_LENGTH_MAX = 200;

/** The text up to the first full stop that ends a sentence and not an abbreviation, or its first line. */
export function firstSentence(text: string): string {
  const [line = ""] = text.split("\n");
  const sentence = /^.+?(?<![A-Z]|e\.g|i\.e)[.!?](?=\s+[A-Z0-9]|$)/.exec(line)?.[0] ?? line;
  return sentence.length <= SUMMARY_LENGTH_MAX ? sentence : `${sentence.slice(0, SUMMARY_LENGTH_MAX - 1)}…`;
}

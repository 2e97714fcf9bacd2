/** A change that a file of CyberChef, or of a package it uses, needs before it can be bundled or can run in Node. */
interface SourceFix {
  readonly file: RegExp;
  readonly from: string;
  readonly to: string;
}

const SOURCE_FIXES: readonly SourceFix[] = [
  // An import can't be assigned to, and this one is never empty.
  {
    file: /vendor\/gost\/gost(?:Digest|Cipher|Crypto|Sign)\.mjs$/,
    from: "GostRandom = GostRandom || root.GostRandom;",
    to: "",
  },
  // Modules are strict, and strict code knows no `with`.
  { file: /chi-squared\/cdf\.js$/, from: "with (Math) {", to: "const { abs, exp, log } = Math; {" },
  // Outside a browser a list of files became an array of arrays, which no other type can be made from.
  {
    file: /dishTypes\/DishListFile\.mjs$/,
    from: "this.value = this.value.map(file => Uint8Array.from(file.data));",
    to: "this.value = DishListFile.concatenateTypedArrays(...this.value.map(file => file.data)).buffer;",
  },
  // The fonts lie beside the chunks.
  { file: /operations\/AddTextToImage\.mjs$/, from: "self.docURL", to: "import.meta.dirname" },
];

/** A file to be changed that no longer holds what was to be replaced: a new version of the package, to be read anew. */
export class SourceFixOutdated extends Error {
  readonly code = "source_fix_outdated";

  constructor(path: string, from: string) {
    super(`${path} no longer holds: ${from}`);
    this.name = "SourceFixOutdated";
  }
}

/** What to do to the text of the file, or undefined where it is good as it is. */
export function sourceFixOf(path: string): ((text: string) => string) | undefined {
  const fixes = SOURCE_FIXES.filter(({ file }) => file.test(path));
  if (fixes.length === 0) return undefined;
  return (text) =>
    fixes.reduce((fixed, { from, to }) => {
      if (!fixed.includes(from)) throw new SourceFixOutdated(path, from);
      return fixed.replaceAll(from, to);
    }, text);
}

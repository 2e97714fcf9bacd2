/** A change that a file of CyberChef, or of a package it uses, needs before it can be bundled or can run in Node. */
type SourceFix =
  | { readonly file: RegExp; readonly from: string | RegExp; readonly to: string }
  /** Names that the file gives values to and nowhere declares, which strict code, as all modules are, forbids. */
  | { readonly file: RegExp; readonly declares: readonly string[] };

const SOURCE_FIXES: readonly SourceFix[] = [
  // An import can't be assigned to, and this one is never empty.
  {
    file: /vendor\/gost\/gost(?:Digest|Cipher|Crypto|Sign)\.mjs$/,
    from: "GostRandom = GostRandom || root.GostRandom;",
    to: "",
  },
  // Strict code knows no `with`, no callee, and no global `this`.
  { file: /chi-squared\/cdf\.js$/, from: "with (Math) {", to: "const { abs, exp, log } = Math; {" },
  { file: /ctph\.js\/ctph\.js$/, from: "arguments.callee", to: "ctph.similarity" },
  { file: /ssdeep\.js\/ssdeep\.js$/, from: "arguments.callee", to: "ssdeep.similarity" },
  {
    file: /argon2-browser\/lib\/argon2\.js$/,
    from: "const global = typeof self !== 'undefined' ? self : this;",
    to: "const global = globalThis;",
  },
  { file: /bn\/lib\/fast\.js$/, declares: ["diff", "i", "pad", "ret"] },
  { file: /bn\/lib\/pure\.js$/, declares: ["diff"] },
  { file: /bzip-deflate\/index\.js$/, declares: ["r", "s"] },
  {
    file: /capstone-js\/dist\/capstone\.min\.js$/,
    declares: ["major", "major_ptr", "minor", "minor_ptr", "tempDouble", "tempI64"],
  },
  {
    file: /jsrsasign\/lib\/jsrsasign\.js$/,
    declares: ["_ResponseData", "_SingleResponseList", "hEnc", "pGeneralNames", "result"],
  },
  { file: /node-md6\/md6\.js$/, declares: ["_hash"] },
  { file: /nwmatcher\/src\/nwmatcher\.js$/, declares: ["els"] },
  // The 140 tables of the world's code pages were all made, in half a second, for the one that is needed.
  {
    file: /codepage\/cptable\.js$/,
    from: /^var cptable = .*$/m,
    to: `$&
function whenAsked(page, make) {
  const keep = (value) => Object.defineProperty(cptable, page, { value, enumerable: true });
  Object.defineProperty(cptable, page, { get: () => keep(make())[page], enumerable: true, configurable: true });
}`,
  },
  { file: /codepage\/cptable\.js$/, from: /^cptable\[(\d+)\] = \(/gm, to: "whenAsked($1, " },
  { file: /codepage\/cptable\.js$/, from: /\}\)\(\);$/gm, to: "});" },
  { file: /codepage\/cputils\.js$/, from: /^ {2}encache\(\);$/m, to: "" },
  // OpenSSL 3 refuses the DES that LM hashes are made of.
  {
    file: /ntlm\/lib\/smbhash\.js$/,
    from: "crypto.createCipheriv",
    to: "require('browserify-cipher/browser').createCipheriv",
  },
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
  return (text) => fixes.reduce((fixed, fix) => apply(fix, path, fixed), text);
}

function apply(fix: SourceFix, path: string, text: string): string {
  if ("declares" in fix) return `var ${fix.declares.join(", ")};\n${text}`;
  const fixed = typeof fix.from === "string" ? text.replaceAll(fix.from, fix.to) : text.replace(fix.from, fix.to);
  if (fixed === text) throw new SourceFixOutdated(path, String(fix.from));
  return fixed;
}

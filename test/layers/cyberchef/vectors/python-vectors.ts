import { execFileSync } from "node:child_process";
import type { BakeStep } from "../../../../layers/core/recipe/baker.ts";
import type { Input } from "../baker-under-test.ts";
import { AS_HEX, type Vector } from "./vector.ts";

/** What is expected is a Python expression of `b`, the input's bytes, or `s`, its text. Bytes are shown as hex. */
type Row = readonly [operation: string, args: NonNullable<BakeStep["args"]>, input: Input, expression: string];

const PANGRAM = "The quick brown fox jumps over the lazy dog";
const GREEK = "Γαζέες καὶ μυρτιὲς";
const EVERY_BYTE: Input = {
  hex: Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0")).join(""),
};
const LINES = "delta\nalpha\ncharlie\nbravo";
const NUMBERS = "3\n1\n4\n1\n5\n9\n2\n6";
const KEY = { option: "UTF8", string: "a key" };

const digests: readonly Row[] = [
  ["MD5", {}, PANGRAM, "hashlib.md5(b).hexdigest()"],
  ["MD5", {}, EVERY_BYTE, "hashlib.md5(b).hexdigest()"],
  ["SHA1", {}, GREEK, "hashlib.sha1(b).hexdigest()"],
  ["SHA2", { size: "256" }, EVERY_BYTE, "hashlib.sha256(b).hexdigest()"],
  ["SHA2", { size: "512" }, GREEK, "hashlib.sha512(b).hexdigest()"],
  ["SHA2", { size: "384" }, PANGRAM, "hashlib.sha384(b).hexdigest()"],
  ["SHA2", { size: "224" }, PANGRAM, "hashlib.sha224(b).hexdigest()"],
  ["SHA3", { size: "512" }, EVERY_BYTE, "hashlib.sha3_512(b).hexdigest()"],
  ["SHA3", { size: "384" }, PANGRAM, "hashlib.sha3_384(b).hexdigest()"],
  ["SHA3", { size: "256" }, GREEK, "hashlib.sha3_256(b).hexdigest()"],
  ["SHA3", { size: "224" }, PANGRAM, "hashlib.sha3_224(b).hexdigest()"],
  ["Shake", { capacity: "128", size: 256 }, PANGRAM, "hashlib.shake_128(b).hexdigest(32)"],
  ["Shake", { capacity: "256", size: 512 }, EVERY_BYTE, "hashlib.shake_256(b).hexdigest(64)"],
  ["BLAKE2b", { size: "256" }, PANGRAM, "hashlib.blake2b(b, digest_size=32).hexdigest()"],
  ["BLAKE2b", { key: KEY }, PANGRAM, "hashlib.blake2b(b, key=b'a key').hexdigest()"],
  ["BLAKE2s", {}, EVERY_BYTE, "hashlib.blake2s(b).hexdigest()"],
  ["HMAC", { key: KEY, hashing_function: "MD5" }, PANGRAM, "hmac.new(b'a key', b, 'md5').hexdigest()"],
  ["HMAC", { key: KEY, hashing_function: "SHA1" }, PANGRAM, "hmac.new(b'a key', b, 'sha1').hexdigest()"],
  ["HMAC", { key: KEY, hashing_function: "SHA256" }, EVERY_BYTE, "hmac.new(b'a key', b, 'sha256').hexdigest()"],
  ["HMAC", { key: KEY, hashing_function: "SHA512" }, GREEK, "hmac.new(b'a key', b, 'sha512').hexdigest()"],
  ["Adler-32 Checksum", {}, EVERY_BYTE, "f'{zlib.adler32(b):08x}'"],
  ["CRC Checksum", { algorithm: "CRC-32" }, EVERY_BYTE, "f'{zlib.crc32(b):08x}'"],
  ["CRC Checksum", { algorithm: "CRC-16/XMODEM" }, PANGRAM, "f'{binascii.crc_hqx(b, 0):04x}'"],
  ["Fletcher-16 Checksum", {}, PANGRAM, "fletcher(b, 8)"],
  ["XOR Checksum", { blocksize: 1 }, PANGRAM, "f'{functools.reduce(operator.xor, b):02x}'"],
];

const keys: readonly Row[] = [
  [
    "Derive PBKDF2 key",
    {
      passphrase: "password",
      salt: { option: "UTF8", string: "pepper" },
      key_size: 256,
      iterations: 1000,
      hashing_function: "SHA256",
    },
    "",
    "hashlib.pbkdf2_hmac('sha256', b'password', b'pepper', 1000, 32).hex()",
  ],
  [
    "Scrypt",
    {
      salt: { option: "UTF8", string: "pepper" },
      iterations_n: 512,
      memory_factor_r: 4,
      parallelization_factor_p: 2,
      key_length: 32,
    },
    "password",
    "hashlib.scrypt(b, salt=b'pepper', n=512, r=4, p=2, dklen=32).hex()",
  ],
];

const encodings: readonly Row[] = [
  ["To Base64", {}, EVERY_BYTE, "base64.b64encode(b).decode()"],
  ["To Base64", { alphabet: "A-Za-z0-9-_" }, EVERY_BYTE, "base64.urlsafe_b64encode(b).decode().rstrip('=')"],
  ["From Base64", {}, "zpHOpA==", "base64.b64decode(s)"],
  ["To Base32", {}, EVERY_BYTE, "base64.b32encode(b).decode()"],
  ["To Base85", {}, PANGRAM, "base64.a85encode(b).decode()"],
  ["From Base85", {}, "87cURD_*#TDfTZ)", "base64.a85decode(s)"],
  ["To Hex", { delimiter: "Colon" }, EVERY_BYTE, "b.hex(':')"],
  ["From Hex", { delimiter: "Auto" }, "0x48,0x69", "bytes.fromhex('4869')"],
  ["To Decimal", {}, EVERY_BYTE, "' '.join(str(x) for x in b)"],
  ["To Binary", {}, PANGRAM, "' '.join(f'{x:08b}' for x in b)"],
  ["To Octal", {}, PANGRAM, "' '.join(f'{x:o}' for x in b)"],
  ["To Charcode", {}, GREEK, "' '.join(f'{ord(c):04x}' if ord(c) > 255 else f'{ord(c):02x}' for c in s)"],
  ["To Base", { radix: 36 }, "123456789", "'21i3v9'"],
  ["From Base", { radix: 16 }, "deadbeef", "str(int(s, 16))"],
  ["To Quoted Printable", {}, "a=b é", "quopri.encodestring(b).decode()"],
  ["URL Encode", { encode_all_special_chars: true }, GREEK, 'urllib.parse.quote(s, safe="")'],
  ["URL Decode", {}, "a%20b+c%2Fd", "urllib.parse.unquote_plus(s)"],
  ["To HTML Entity", {}, "<a href='x'>&</a>", "'&lt;a href&equals;&apos;x&apos;&gt;&amp;&lt;&sol;a&gt;'"],
  ["From HTML Entity", {}, "&lt;&eacute;&#x20AC;&#8364;&gt;", "html.unescape(s)"],
  ["To Punycode", {}, "münchen", "s.encode('punycode').decode()"],
  ["Encode text", { encoding: "UTF-16LE (1200)" }, GREEK, "s.encode('utf-16-le')"],
  ["Encode text", { encoding: "UTF-16BE (1201)" }, GREEK, "s.encode('utf-16-be')"],
  ["Encode text", { encoding: "ISO-8859-1 Latin 1 Western European (28591)" }, "déjà", "s.encode('latin-1')"],
  ["Encode text", { encoding: "Windows-1252 Latin (1252)" }, "“€”", "s.encode('cp1252')"],
  ["Encode text", { encoding: "Japanese Shift-JIS (932)" }, "日本語", "s.encode('cp932')"],
  ["Encode text", { encoding: "Simplified Chinese GBK (936)" }, "中文", "s.encode('gbk')"],
  ["Encode text", { encoding: "IBM EBCDIC US-Canada (37)" }, "HELLO", "s.encode('cp037')"],
  ["Decode text", { encoding: "KOI8-R Russian Cyrillic (20866)" }, { hex: "f0d2c9d7c5d4" }, "b.decode('koi8-r')"],
  ["Escape Unicode Characters", {}, "aé", "'a\\\\u00E9'"],
  ["Unescape Unicode Characters", {}, "\\u0041\\u20ac", "s.encode().decode('unicode_escape')"],
  ["Normalise Unicode", { normal_form: "NFC" }, "e\u0301", "unicodedata.normalize('NFC', s)"],
  ["Normalise Unicode", { normal_form: "NFKD" }, "ﬁ½", "unicodedata.normalize('NFKD', s)"],
  ["To Float", {}, { hex: "40490fdb" }, "'3.1415927410125732'"],
  ["From Float", { size: "Double (8 bytes)" }, "0.1", "struct.pack('>d', 0.1)"],
  ["ROT13", {}, PANGRAM, "codecs.encode(s, 'rot13')"],
];

const arithmetic: readonly Row[] = [
  ["XOR", { key: { option: "Hex", string: "5a" } }, EVERY_BYTE, "bytes(x ^ 0x5a for x in b)"],
  ["AND", { key: { option: "Hex", string: "0f" } }, EVERY_BYTE, "bytes(x & 0x0f for x in b)"],
  ["OR", { key: { option: "Hex", string: "80" } }, EVERY_BYTE, "bytes(x | 0x80 for x in b)"],
  ["NOT", {}, EVERY_BYTE, "bytes(x ^ 0xff for x in b)"],
  ["ADD", { key: { option: "Hex", string: "11" } }, EVERY_BYTE, "bytes((x + 0x11) % 256 for x in b)"],
  ["SUB", { key: { option: "Hex", string: "11" } }, EVERY_BYTE, "bytes((x - 0x11) % 256 for x in b)"],
  ["Rotate left", { amount: 3 }, EVERY_BYTE, "bytes((x << 3 | x >> 5) & 255 for x in b)"],
  ["Rotate right", { amount: 3 }, EVERY_BYTE, "bytes((x >> 3 | x << 5) & 255 for x in b)"],
  ["Bit shift left", { amount: 2 }, EVERY_BYTE, "bytes(x << 2 & 255 for x in b)"],
  ["Bit shift right", { amount: 2 }, EVERY_BYTE, "bytes(x >> 2 for x in b)"],
  ["Reverse", { by: "Byte" }, EVERY_BYTE, "b[::-1]"],
  ["Sum", {}, NUMBERS, "str(sum(map(int, s.split())))"],
  ["Multiply", {}, NUMBERS, "str(math.prod(map(int, s.split())))"],
  ["Mean", {}, NUMBERS, "str(statistics.mean(map(int, s.split())))"],
  ["Median", {}, NUMBERS, "str(statistics.median(map(int, s.split())))"],
  ["Modular Exponentiation", { base: "4", exponent: "13", modulus: "497" }, "", "str(pow(4, 13, 497))"],
  ["Modular Inverse", { value_a: "3", modulus_m: "11" }, "", "str(pow(3, -1, 11))"],
  ["Entropy", {}, EVERY_BYTE, "'8'"],
];

const texts: readonly Row[] = [
  ["To Upper case", {}, GREEK, "s.upper()"],
  ["To Lower case", {}, PANGRAM, "s.lower()"],
  ["Swap case", {}, PANGRAM, "s.swapcase()"],
  ["Sort", {}, LINES, "'\\n'.join(sorted(s.split()))"],
  [
    "Sort",
    { order: "Numeric", reverse: true },
    NUMBERS,
    "'\\n'.join(map(str, sorted(map(int, s.split()), reverse=True)))",
  ],
  ["Unique", {}, NUMBERS, "'\\n'.join(dict.fromkeys(s.split()))"],
  ["Head", { number: 2 }, LINES, "'\\n'.join(s.split()[:2])"],
  ["Tail", { number: 2 }, LINES, "'\\n'.join(s.split()[-2:])"],
  ["Take bytes", { start: 4, length: 5 }, PANGRAM, "s[4:9]"],
  ["Drop bytes", { start: 0, length: 4 }, PANGRAM, "s[4:]"],
  ["Find / Replace", { find: "o", replace: "0" }, PANGRAM, "s.replace('o', '0')"],
  [
    "Regular expression",
    { regex: "\\b\\w{5}\\b", output_format: "List matches" },
    PANGRAM,
    "'\\n'.join(re.findall(r'\\b\\w{5}\\b', s))",
  ],
  ["Count occurrences", { search_string: { option: "Simple string", string: "o" } }, PANGRAM, "str(s.count('o'))"],
  ["Split", { split_delimiter: " ", join_delimiter: "|" }, PANGRAM, "'|'.join(s.split(' '))"],
  ["Wrap", { line_width: 10 }, "abcdefghijklmnopqrstuvwxyz", "'\\n'.join(re.findall('.{1,10}', s))"],
  [
    "JSON Minify",
    {},
    '{ "b": [1, 2.5, null], "a": "é" }',
    "json.dumps(json.loads(s), separators=(',', ':'), ensure_ascii=False)",
  ],
  [
    "JSON Beautify",
    { sort_object_keys: true },
    '{"b":[1,2],"a":{}}',
    "json.dumps(json.loads(s), indent=4, sort_keys=True)",
  ],
  ["CSV to JSON", { format: "Array of arrays" }, 'a,b\n"x, y",2\n', "json.dumps(list(csv.reader(io.StringIO(s))))"],
  ["XML Minify", {}, "<a>\n  <b>1</b>\n</a>", "re.sub(r'>\\s+<', '><', s)"],
  [
    "XPath expression",
    { xpath: "/a/b/text()" },
    "<a><b>1</b><b>2</b></a>",
    "'\\n'.join(e.text for e in xml.etree.ElementTree.fromstring(s))",
  ],
  [
    "Hamming Distance",
    { unit: "Byte" },
    "karolin\n\nkathrin",
    "str(sum(x != y for x, y in zip('karolin', 'kathrin')))",
  ],
];

const times: readonly Row[] = [
  ["From UNIX Timestamp", {}, "1700000000", "time.strftime('%a %-d %B %Y %H:%M:%S UTC', time.gmtime(1700000000))"],
  [
    "To UNIX Timestamp",
    { show_parsed_datetime: false },
    "2023-11-14 22:13:20",
    "str(calendar.timegm((2023, 11, 14, 22, 13, 20)))",
  ],
  ["UNIX Timestamp to Windows Filetime", {}, "1700000000", "str((1700000000 + 11644473600) * 10000000)"],
  ["Windows Filetime to UNIX Timestamp", {}, "133444736000000000", "str(133444736000000000 // 10000000 - 11644473600)"],
  [
    "Translate DateTime Format",
    { input_timezone: "UTC", output_format_string: "YYYY-MM-DDTHH:mm:ssZ", output_timezone: "Asia/Tokyo" },
    "01/02/2024 12:30:00",
    "datetime.datetime(2024, 2, 1, 21, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=9))).isoformat()",
  ],
  ["Change IP format", { output_format: "Decimal" }, "192.0.2.1", "str(int(ipaddress.ip_address(s)))"],
  ["Change IP format", { output_format: "Hex" }, "192.0.2.1", "f'{int(ipaddress.ip_address(s)):08x}'"],
];

const rows: readonly Row[] = [...digests, ...keys, ...encodings, ...arithmetic, ...texts, ...times];

const PROGRAM = `
import base64, binascii, calendar, codecs, csv, datetime, functools, hashlib, hmac, html, io, ipaddress, json, math
import operator, quopri, re, statistics, struct, sys, time, unicodedata, urllib.parse, xml.etree.ElementTree, zlib

def fletcher(data, bits):
    low = high = 0
    for byte in data:
        low = (low + byte) % (2 ** bits - 1)
        high = (high + low) % (2 ** bits - 1)
    return f"{high << bits | low:04x}"

answers = []
for row in json.load(sys.stdin):
    b = bytes.fromhex(row["hex"])
    s = b.decode(errors="replace")
    value = eval(row["expression"])
    answers.append({"hex": value.hex()} if isinstance(value, bytes) else {"text": value})
json.dump(answers, sys.stdout)
`;

/** All expressions are worked out by one run of python3. */
export function pythonVectors(): readonly Vector[] {
  const questions = rows.map(([, , input, expression]) => ({ hex: hexOf(input), expression }));
  const printed = execFileSync("python3", ["-c", PROGRAM], { input: JSON.stringify(questions), encoding: "utf8" });
  const answers: readonly ({ hex: string } | { text: string })[] = JSON.parse(printed);
  return rows.flatMap(([operation, args, input, expression], at) => {
    const answer = answers[at];
    if (answer === undefined) return [];
    const step = { operation, args };
    const source = `python3: ${expression}`;
    return "hex" in answer
      ? [{ source, input, steps: [step, AS_HEX], expected: answer.hex }]
      : [{ source, input, steps: [step], expected: answer.text }];
  });
}

function hexOf(input: Input): string {
  return typeof input === "string" ? Buffer.from(input).toString("hex") : input.hex;
}

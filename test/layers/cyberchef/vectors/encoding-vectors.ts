import { bytesFrom, from, type Vector } from "./vector.ts";

export const encodingVectors: readonly Vector[] = [
  ...from("RFC 4648, section 10", [
    ["To Base64", {}, "foobar", "Zm9vYmFy"],
    ["To Base64", {}, "fooba", "Zm9vYmE="],
    ["From Base64", {}, "Zm9vYg==", "foob"],
    ["To Base32", {}, "foobar", "MZXW6YTBOI======"],
    ["From Base32", {}, "MZXW6YQ=", "foob"],
    ["To Hex", { delimiter: "None" }, "foobar", "666f6f626172"],
  ]),
  ...from("RFC 9285, sections 4.3 and 4.4", [
    ["To Base45", {}, "Hello!!", "%69 VD92EX0"],
    ["To Base45", {}, "base-45", "UJCLQE7W581"],
    ["From Base45", {}, "QED8WEX0", "ietf!"],
  ]),
  ...from("The Base58 draft (draft-msporny-base58-03), section 5", [
    ["To Base58", {}, "Hello World!", "2NEpo7TZRRrLZSi2U"],
    ["From Base58", {}, "2NEpo7TZRRrLZSi2U", "Hello World!"],
  ]),
  ...from("RFC 3492, section 7.1", [
    ["From Punycode", {}, "ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"],
    ["To Punycode", {}, "Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"],
  ]),
  ...from("RFC 2045, section 6.7 (the rules of the soft line break and of =3D)", [
    ["From Quoted Printable", {}, "Now's the time =\r\nfor all folk: 1+1=3D2", "Now's the time for all folk: 1+1=2"],
  ]),
  ...from("RFC 3986, section 2.1 and 2.5", [
    ["URL Decode", {}, "%C3%80%E3%82%A2", "Àア"],
    ["URL Encode", { encode_all_special_chars: true }, "a b/ア", "a%20b%2F%E3%82%A2"],
  ]),
  ...from("RFC 8949, appendix A", [
    ["CBOR Decode", {}, { hex: "a26161016162820203" }, '{\n  "a": 1,\n  "b": [\n    2,\n    3\n  ]\n}'],
  ]),
  ...bytesFrom("RFC 8949, appendix A", [["CBOR Encode", {}, '{"a":1,"b":[2,3]}', "a26161016162820203"]]),
  ...bytesFrom("The MessagePack page, msgpack.org", [
    ["To MessagePack", {}, '{"compact":true,"schema":0}', "82a7636f6d70616374c3a6736368656d6100"],
  ]),
  ...bytesFrom("The BSON specification, examples of bsonspec.org/faq", [
    ["BSON serialise", {}, '{"hello":"world"}', "160000000268656c6c6f0006000000776f726c640000"],
  ]),
  ...bytesFrom("Protocol Buffers, Encoding, 'A Simple Message'", [
    [
      "Protobuf Encode",
      { schema_proto_text: 'syntax="proto3"; message Test1 { int32 a = 1; }' },
      '{"a":150}',
      "089601",
    ],
    ["VarInt Encode", {}, "150", "9601"],
  ]),
  ...bytesFrom("Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999), table of examples", [
    ["To COBS", {}, { hex: "1122003300" }, "031122023301"],
    ["From COBS", {}, { hex: "031122023301" }, "1122003300"],
  ]),
  ...from("ITU-T X.690 and RFC 8017, appendix C (the object identifier of rsaEncryption)", [
    ["Object Identifier to Hex", {}, "1.2.840.113549.1.1.1", "2a864886f70d010101"],
    ["Hex to Object Identifier", {}, "2a864886f70d010101", "1.2.840.113549.1.1.1"],
  ]),
  ...from("ITU-R M.1677-1, section 1.1", [
    ["To Morse Code", { format_options: "-/." }, "SOS", "... --- ..."],
    ["From Morse Code", {}, "... --- ...", "SOS"],
  ]),
  ...from("RFC 1002, section 4.1 and RFC 1001, section 14.1 (the name 'FRED')", [
    ["Encode NetBIOS Name", {}, "FRED", "EGFCEFEECACACACACACACACACACACACA"],
    ["Decode NetBIOS Name", {}, "EGFCEFEECACACACACACACACACACACACA", "FRED"],
  ]),
  ...from("[MS-XCA] section 3.2", [
    ["XPRESS Decompress", {}, { hex: "ffffff1f61626317000fff2601" }, "abc".repeat(100)],
  ]),
  ...from("RFC 7519, section 3.1, and RFC 7515, appendix A.1 (the claims set as decoded)", [
    [
      "JWT Decode",
      {},
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      '{\n  "iss": "joe",\n  "exp": 1300819380,\n  "http://example.com/is_root": true\n}',
    ],
  ]),
];

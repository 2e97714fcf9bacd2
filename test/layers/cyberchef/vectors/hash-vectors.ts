import { from, type Vector } from "./vector.ts";

const ABC = "abc";
const KEY_16 = "0b".repeat(16);
const KEY_20 = "0b".repeat(20);

export const hashVectors: readonly Vector[] = [
  ...from("RFC 1319, appendix A.5", [
    ["MD2", {}, "", "8350e5a3e24c153df2275c9f80692773"],
    ["MD2", {}, ABC, "da853b0d3f88d99b30283a69e6ded6bb"],
  ]),
  ...from("RFC 1320, appendix A.5", [
    ["MD4", {}, ABC, "a448017aaf21d8525fc10ae87aa6729d"],
    ["MD4", {}, "message digest", "d9130a8164549fe818874806e1c7014b"],
  ]),
  ...from("RFC 1321, appendix A.5", [
    ["MD5", {}, "", "d41d8cd98f00b204e9800998ecf8427e"],
    ["MD5", {}, ABC, "900150983cd24fb0d6963f7d28e17f72"],
    ["MD5", {}, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  ]),
  ...from("RFC 3174, section 7.3", [["SHA1", {}, ABC, "a9993e364706816aba3e25717850c26c9cd0d89d"]]),
  ...from("FIPS 180-2, appendices B to D", [
    ["SHA2", { size: "256" }, ABC, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "SHA2",
      { size: "512" },
      ABC,
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ],
    [
      "SHA2",
      { size: "384" },
      ABC,
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ],
    ["SHA2", { size: "224" }, ABC, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"],
  ]),
  ...from("FIPS 180-4, SHA-512/256 example of NIST's Cryptographic Standards", [
    ["SHA2", { size: "512/256" }, ABC, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"],
  ]),
  ...from("FIPS 202, examples of NIST's Cryptographic Standards", [
    ["SHA3", { size: "256" }, "", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"],
    ["SHA3", { size: "224" }, "", "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7"],
  ]),
  ...from("The RIPEMD-160 page of its authors (Bosselaers, COSIC)", [
    ["RIPEMD", { size: "160" }, ABC, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"],
    ["RIPEMD", { size: "128" }, ABC, "c14a12199c66e4ba84636b0f69144c77"],
    ["RIPEMD", { size: "256" }, "", "02ba4c4e5f8ecd1877fc52d64d30e37a2d9774fb1e5d026380ae0168e3c5522d"],
  ]),
  ...from("RFC 7693, appendices A and B", [
    [
      "BLAKE2b",
      {},
      ABC,
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    ],
    ["BLAKE2s", {}, ABC, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"],
  ]),
  ...from("The BLAKE3 test vectors of its authors, input_len 0", [
    ["BLAKE3", { size_bytes: 32 }, "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
  ]),
  ...from("GB/T 32905-2016, appendix A.1", [
    ["SM3", {}, ABC, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
  ]),
  ...from("ISO/IEC 10118-3 (Whirlpool), test vectors of its authors", [
    [
      "Whirlpool",
      {},
      ABC,
      "4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c7181eebdb6c57e277d0e34957114cbd6c797fc9d95d8b582d225292076d4eef5",
    ],
  ]),
  ...from("RFC 6986, section 10.1 (bytes of the message and the hash in the order of the stream)", [
    [
      "Streebog",
      { digest_length: "256" },
      "012345678901234567890123456789012345678901234567890123456789012",
      "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
    ],
  ]),
  ...from("The NTLM authentication specification [MS-NLMP], section 4.2.2.1.2", [
    ["NT Hash", {}, "Password", "A4F49C406510BDCAB6824EE7C30FD852"],
    ["LM Hash", {}, "Password", "E52CAC67419A9A224A3B108F3FA6CB6D"],
  ]),
  ...from("The MD6 report (Rivest and others, 2008), appendix with md6sum's examples", [
    ["MD6", { size: 256 }, "", "bca38b24a804aa37d821d31af00f5598230122c5bbfc4c4ad5ed40e4258f04ca"],
  ]),
  ...from("The Keccak team's KeccakKAT, ShortMsgKAT_256, length 0", [
    ["Keccak", { size: "256" }, "", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
  ]),
  ...from("RFC 2202, section 2, test 1", [
    ["HMAC", { key: KEY_16, hashing_function: "MD5" }, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"],
  ]),
  ...from("RFC 2202, section 3, test 1", [
    ["HMAC", { key: KEY_20, hashing_function: "SHA1" }, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"],
  ]),
  ...from("RFC 4231, sections 4.2 and 4.3", [
    [
      "HMAC",
      { key: KEY_20, hashing_function: "SHA256" },
      "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ],
    [
      "HMAC",
      { key: { option: "UTF8", string: "Jefe" }, hashing_function: "SHA256" },
      "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
  ]),
  ...from("RFC 4493, section 4", [
    ["CMAC", { key: "2b7e151628aed2a6abf7158809cf4f3c" }, "", "bb1d6929e95937287fa37d129b756746"],
    [
      "CMAC",
      { key: "2b7e151628aed2a6abf7158809cf4f3c" },
      { hex: "6bc1bee22e409f96e93d7e117393172a" },
      "070a16b46b4d4144f79bdd9dd04a287c",
    ],
  ]),
];

/** Operations that a server can't run, and why. Found by reading all operations of CyberChef 11.5.0. */
export const unsupportedOperations: Readonly<Record<string, string>> = {
  "DNS over HTTPS": "it would reach the network",
  "HTTP request": "it would reach the network",
  "Optical Character Recognition": "it runs in a browser only",
};

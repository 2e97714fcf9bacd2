/** Where the page connects to: what its server has written into it, else `ws` beside it. */
export function socketUrl(): string {
  const told = document.querySelector('meta[name="skein-socket"]')?.getAttribute("content") ?? "";
  const url = new URL(told === "" ? "ws" : told, document.baseURI);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  return url.href;
}

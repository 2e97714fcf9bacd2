import { Dish, File } from "cyberchef:dish";
import type { BakeOutput } from "../../core/recipe/baker.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The dish as the text that a caller gets. */
export async function plate(dish: Dish): Promise<BakeOutput> {
  switch (dish.type) {
    case Dish.STRING:
      return { type: "string", output: String(dish.value) };
    case Dish.HTML:
      return { type: "html", output: String(dish.value) };
    case Dish.NUMBER:
    case Dish.BIG_NUMBER:
      return { type: "number", output: String(await dish.get(Dish.STRING)) };
    case Dish.JSON:
      return { type: "json", output: JSON.stringify(dish.value, null, 2) ?? "null" };
    case Dish.LIST_FILE:
      return { type: "json", output: JSON.stringify(filesOf(dish).map(listed), null, 2) };
    default:
      return textOf(await bytesOf(dish));
  }
}

function filesOf({ value }: Dish): readonly File[] {
  return Array.isArray(value) ? value.filter((file) => file instanceof File) : [];
}

async function bytesOf(dish: Dish): Promise<Uint8Array> {
  const bytes = await dish.get(Dish.ARRAY_BUFFER);
  if (!(bytes instanceof ArrayBuffer)) throw new TypeError("the dish did not become bytes");
  return new Uint8Array(bytes);
}

/** Text where the bytes are UTF-8; else one character a byte, so that nothing is lost. */
function textOf(bytes: Uint8Array): BakeOutput {
  try {
    return { type: "string", output: utf8.decode(bytes) };
  } catch {
    return { type: "bytes", output: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1") };
  }
}

function listed(file: File): Readonly<Record<string, unknown>> {
  const { type, output } = textOf(file.data);
  const content = type === "string" ? { text: output } : { base64: Buffer.from(file.data).toString("base64") };
  return { name: file.name, size: file.data.length, ...content };
}

import type { Blob } from "../ports/blob.ts";
import type { Chance } from "../ports/chance.ts";
import type { Json } from "../ports/table.ts";
import { utf8Bytes } from "../store/key-order.ts";
import { blobKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { JobId } from "./job-id.ts";

/** What a job was given or came to: in its item where it is small enough, else in a blob. */
export type JobValue =
  | { readonly at: "item"; readonly json: Json }
  | { readonly at: "blob"; readonly bytes: number; readonly key: string };

/** A value as the text that is stored, and its size. */
export interface ValueText {
  readonly json: Json;
  readonly text: string;
  readonly bytes: number;
}

export function valueText(json: Json): ValueText {
  const text = JSON.stringify(json);
  return { json, text, bytes: utf8Bytes(text) };
}

/**
 * The values of jobs that are too large for their items. Each blob has a name of its own, so that a writer whose item is
 * then refused has changed nothing; the rule of the store deletes what nobody's item names.
 */
export class JobValues {
  readonly #blob: Blob;
  readonly #chance: Chance;

  constructor(deps: { readonly blob: Blob; readonly chance: Chance }) {
    this.#blob = deps.blob;
    this.#chance = deps.chance;
  }

  async store(
    tenantId: TenantId,
    value: ValueText,
    place: { readonly jobId: JobId; readonly kind: "job-input" | "job-result"; readonly inlineBytesMax: number },
  ): Promise<JobValue> {
    if (value.bytes <= place.inlineBytesMax) return { at: "item", json: value.json };
    const key = blobKey(tenantId, place.kind, `${place.jobId}/${this.#chance.token(NAME_BYTES)}`);
    await this.#blob.put(key, new TextEncoder().encode(value.text));
    return { at: "blob", bytes: value.bytes, key };
  }

  /** Undefined where the blob is over. */
  async read(value: JobValue): Promise<Json | undefined> {
    if (value.at === "item") return value.json;
    const text = await this.#text(value.key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Writes the blob anew, so that its time begins again. False where it is over. */
  async renew(value: JobValue): Promise<boolean> {
    if (value.at === "item") return true;
    const text = await this.#text(value.key);
    if (text === undefined) return false;
    await this.#blob.put(value.key, new TextEncoder().encode(text));
    return true;
  }

  async #text(key: string): Promise<string | undefined> {
    const content = await this.#blob.get(key);
    if (!content.ok || content.value === undefined) return undefined;
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of content.value.body) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  }
}

const NAME_BYTES = 9;

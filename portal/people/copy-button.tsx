import { useState } from "preact/hooks";
import { LongText } from "./long-text.tsx";

export function CopyButton({ name, text }: { readonly name: string; readonly text: string }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // Not for pages of http, and not without the person's leave: it can still be marked.
      setState("failed");
    }
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => void copy()}>
        {state === "copied" ? "Copied" : name}
      </button>
      {state === "failed" && <LongText text={text} about="To be copied" />}
    </>
  );
}

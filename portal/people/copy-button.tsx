import { useState } from "preact/hooks";

export function CopyButton({ text }: { readonly text: string }) {
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
        {state === "copied" ? "Copied" : "Copy it"}
      </button>
      {state === "failed" && <pre class="given">{text}</pre>}
    </>
  );
}

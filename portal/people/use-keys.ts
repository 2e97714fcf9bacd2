import { useLayoutEffect, useRef } from "preact/hooks";

/** Hears every key of the page, from the moment on that what it is for can be seen. */
export function useKeys(heard: (event: KeyboardEvent) => void): void {
  const latest = useRef(heard);
  latest.current = heard;
  useLayoutEffect(() => {
    const listener = (event: KeyboardEvent): void => latest.current(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}

/** A key that is a shortcut: nobody types with it, and no dialog is open. */
export function isPlainKey(event: KeyboardEvent): boolean {
  const { target } = event;
  const isHeld = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  const isTyping =
    target instanceof Element && target.closest("textarea, select, input:not([type=radio], [type=checkbox])");
  return !isHeld && !event.defaultPrevented && !isTyping && !isDialogOpen();
}

export const isDialogOpen = (): boolean => document.querySelector("dialog[open]") !== null;

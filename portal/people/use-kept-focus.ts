import { useEffect } from "preact/hooks";

/**
 * Where what had the focus is gone, or takes none any more, the focus goes to the nearest place around it that is still
 * there: whoever works by the keyboard does not begin at the top again.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    /** What had the focus, and all around it. */
    let path: readonly HTMLElement[] = [];
    const remember = (event: FocusEvent): void => {
      path = event.composedPath().filter((each) => each instanceof HTMLElement);
    };
    const mend = (): void => {
      const [last, ...around] = path;
      if (last === undefined || canHoldFocus(last)) return;
      if (document.activeElement !== document.body && document.activeElement !== last) return;
      [...around, document.getElementById("main")].find((each) => each !== null && isPlace(each))?.focus();
    };
    const observer = new MutationObserver(mend);
    const attributeFilter = ["disabled", "class"];
    observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter });
    document.addEventListener("focusin", remember);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", remember);
    };
  }, []);
}

const canHoldFocus = (element: HTMLElement): boolean =>
  element.isConnected && !element.matches(":disabled") && element.checkVisibility();
const isPlace = (element: HTMLElement): boolean => element.matches("[tabindex]") && canHoldFocus(element);

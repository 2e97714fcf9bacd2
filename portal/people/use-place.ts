import { useCallback, useEffect, useState } from "preact/hooks";
import { type Place, placeHash, placeOf } from "./place.ts";

/** @param isStep whether the browser's way back leads to where somebody was before. */
export type Go = (place: Place, isStep: boolean) => void;

/** Where the page is, and what leads elsewhere. */
export function usePlace(): readonly [Place, Go] {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const moved = (): void => setPlace(placeOf(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const go = useCallback<Go>((next, isStep) => {
    const hash = placeHash(next);
    history[isStep && hash !== location.hash ? "pushState" : "replaceState"](null, "", hash);
    setPlace(next);
  }, []);
  return [place, go];
}

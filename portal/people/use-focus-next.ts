import { useLayoutEffect, useRef } from "preact/hooks";

type Find = () => HTMLElement | null | undefined;

/** Gives the focus to what is there once the next change is shown: what is typed right then goes there too. */
export function useFocusNext(): (find: Find) => void {
  const wanted = useRef<Find | undefined>(undefined);
  useLayoutEffect(() => {
    const find = wanted.current;
    wanted.current = undefined;
    find?.()?.focus();
  });
  return (find) => {
    wanted.current = find;
  };
}

/** A text as it was written, in a box that scrolls where it is long. @param about what those hear who come to it by the keyboard. */
export function LongText({ text, about }: { readonly text: string; readonly about: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1)
    <section class="given" aria-label={about} tabIndex={0} dir="auto">
      {text}
    </section>
  );
}

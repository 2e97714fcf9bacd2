import { useEffect, useRef, useState } from "preact/hooks";

/** What servers say of a connection that showed nothing at all: that is no mistake of anybody's. */
const NOTHING_SHOWN = "credential_absent";

export function SignIn({
  refusal,
  onSignIn,
}: {
  readonly refusal: { readonly code: string; readonly message: string };
  readonly onSignIn: (token: string) => void;
}) {
  const [token, setToken] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in – Skein";
    field.current?.focus();
  }, []);
  const isWrong = refusal.code !== NOTHING_SHOWN;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (token.trim() !== "") onSignIn(token.trim());
  };
  return (
    <main class="lone">
      <h1>Sign in</h1>
      <p>Programs ask questions here, and the people of your tenant answer them.</p>
      {isWrong && (
        <p class="notice bad" role="alert">
          That did not work: {refusal.message}.
        </p>
      )}
      <form onSubmit={submit}>
        <label for="token">Your token</label>
        <input
          id="token"
          ref={field}
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          aria-invalid={isWrong}
          aria-describedby="token-hint"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <p class="hint" id="token-hint">
          A token or an API key. Print one on the machine that serves this: <code>npm run -s token</code>. It stays in
          this tab, and is gone once you close it.
        </p>
        <button type="submit">Sign in</button>
      </form>
    </main>
  );
}

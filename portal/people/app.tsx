import { useEffect, useState } from "preact/hooks";
import { Desk } from "./desk.ts";
import { keep, kept } from "./keepsake.ts";
import { SignIn } from "./sign-in.tsx";
import { socketUrl } from "./socket-url.ts";
import { useDesk } from "./use-desk.ts";
import { useKeptFocus } from "./use-kept-focus.ts";
import { Workplace } from "./workplace.tsx";

/** Connects with what the tab has kept, and asks for a token where the server wants one. */
export function App() {
  const [desk, setDesk] = useState(() => new Desk(socketUrl(), kept().token));
  useEffect(() => {
    desk.open();
    return () => desk.close();
  }, [desk]);
  const state = useDesk(desk);
  useKeptFocus();

  const signIn = (token: string): void => {
    keep({ token });
    setDesk(new Desk(socketUrl(), token));
  };
  const signOut = (): void => {
    desk.signOut();
    setDesk(new Desk(socketUrl(), undefined));
  };

  const { status } = state;
  if (status.state === "refused") return <SignIn refusal={status} onSignIn={signIn} />;
  if (state.welcome === undefined) return <Connecting status={status} onRetry={() => desk.tryNow()} />;
  return <Workplace desk={desk} state={state} welcome={state.welcome} onSignOut={signOut} />;
}

function Connecting({
  status,
  onRetry,
}: {
  readonly status: { readonly state: string; readonly attempts?: number };
  readonly onRetry: () => void;
}) {
  const failed = (status.attempts ?? 0) > 0;
  return (
    <main class="lone">
      <h1>Skein</h1>
      <p role="status">{failed ? "The server can't be reached. It is tried again." : "Connecting …"}</p>
      {failed && (
        <button type="button" class="quiet" onClick={onRetry}>
          Try now
        </button>
      )}
    </main>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import type { Welcome } from "../../client/people/wire.ts";
import { channelWords, namedChannel, shownChannels } from "./channel-words.ts";
import { Composer } from "./composer.tsx";
import { type Desk, mayWrite } from "./desk.ts";
import { type DeskState, EMPTY_LOG, waitingMessages } from "./desk-state.ts";
import { jsonText } from "./json-text.ts";
import { Moment } from "./moment.tsx";
import { momentWords } from "./time-words.ts";

export interface MessagesViewProps {
  readonly desk: Desk;
  readonly state: DeskState;
  readonly welcome: Welcome;
  /** Left out where none was chosen. */
  readonly chosen: string | undefined;
  readonly onChoose: (channel: string) => void;
}

/** The channels that one hears, and the messages of one of them. */
export function MessagesView({ desk, state, welcome, chosen, onChoose }: MessagesViewProps) {
  const channels = shownChannels(new Set([...welcome.channels.keys(), ...state.logs.keys()]));
  const shown = chosen !== undefined && channels.includes(chosen) ? chosen : channels[0];
  useEffect(() => {
    desk.look(shown);
    return () => desk.look(undefined);
  }, [desk, shown]);
  return (
    <div class="messages">
      <nav class="channels" aria-label="Channels">
        <ul>
          {channels.map((channel) => (
            <li key={channel}>
              <button
                type="button"
                class="channel"
                aria-current={channel === shown ? "true" : undefined}
                onClick={() => onChoose(channel)}
              >
                {`${channelWords(channel).title} `}
                {(state.unread.get(channel) ?? 0) > 0 && (
                  <span class="count strong">{state.unread.get(channel)} new</span>
                )}
              </button>
            </li>
          ))}
        </ul>
        <JoinForm
          onJoin={(channel) => {
            desk.join(channel);
            onChoose(channel);
          }}
        />
      </nav>
      {shown !== undefined && <Conversation key={shown} desk={desk} state={state} welcome={welcome} channel={shown} />}
    </div>
  );
}

function JoinForm({ onJoin }: { readonly onJoin: (channel: string) => void }) {
  const [name, setName] = useState("");
  const [isWrong, setWrong] = useState(false);
  const join = (event: Event): void => {
    event.preventDefault();
    const channel = namedChannel(name);
    setWrong(channel === undefined);
    if (channel === undefined) return;
    setName("");
    onJoin(channel);
  };
  return (
    <form class="join" onSubmit={join}>
      <label for="join">Join a channel</label>
      <div class="row">
        <input
          id="join"
          value={name}
          placeholder="deploys"
          autocomplete="off"
          aria-invalid={isWrong}
          aria-describedby="join-hint"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="quiet">
          Join
        </button>
      </div>
      <p class="hint" id="join-hint">
        {isWrong && <strong class="wrong">Small letters, digits, dots and dashes, 64 at most.</strong>}
      </p>
    </form>
  );
}

function Conversation({
  desk,
  state,
  welcome,
  channel,
}: Pick<MessagesViewProps, "desk" | "state" | "welcome"> & { readonly channel: string }) {
  const words = channelWords(channel);
  const log = state.logs.get(channel) ?? EMPTY_LOG;
  const waiting = waitingMessages(state, channel);
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [log.messages.at(-1)?.seq, waiting.length]);
  return (
    <section class="conversation" aria-labelledby="channel-title">
      <div class="conversation-head">
        <h1 id="channel-title">{words.title}</h1>
        <p class="muted">{words.about}</p>
        {channel.startsWith("channel:") && (
          <button type="button" class="quiet" onClick={() => desk.leave(channel)}>
            Leave
          </button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1) */}
      <ol class="log" tabIndex={0} aria-label={`Messages in ${words.title}`}>
        {log.before !== undefined && (
          <li class="earlier">
            <button type="button" class="quiet" onClick={() => void desk.readHistory(channel, log.before)}>
              Earlier messages
            </button>
          </li>
        )}
        {log.isRead && log.messages.length === 0 && waiting.length === 0 && (
          <li class="nothing muted">Nobody has written here yet.</li>
        )}
        {log.messages.map((message) => (
          <li key={message.seq} class={message.from === welcome.subject ? "mine" : ""}>
            <MessageHead from={message.from === welcome.subject ? "You" : message.from} at={message.atEpochMs} />
            <p class="body" dir="auto">
              {jsonText(message.body)}
            </p>
          </li>
        ))}
        {waiting.map((message) => (
          <li key={message.ref} class={`mine ${message.state}`}>
            <MessageHead
              from={message.to.startsWith("member:") ? `You to ${message.to.slice("member:".length)}` : "You"}
              at={message.atEpochMs}
            />
            <p class="body" dir="auto">
              {jsonText(message.body)}
            </p>
            {message.state === "waiting" && <p class="hint">Not sent yet.</p>}
            {message.state === "rejected" && <p class="hint wrong">Not taken: {message.why}</p>}
          </li>
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
      {mayWrite(welcome.role) ? (
        <Composer
          to={words.to}
          title={words.title}
          people={(state.presence?.members ?? [])
            .map(({ subject }) => subject)
            .filter((each) => each !== welcome.subject)}
          onSend={(to, body) => desk.publish(to, body)}
        />
      ) : (
        <p class="muted composer">With the role {welcome.role} you read here, and can't write.</p>
      )}
    </section>
  );
}

function MessageHead({ from, at }: { readonly from: string; readonly at: number }) {
  return (
    <p class="from">
      <strong>{from}</strong> <Moment class="muted" atEpochMs={at} words={momentWords(at, Date.now())} />
    </p>
  );
}

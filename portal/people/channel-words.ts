/** A channel as people name it, and what they publish to. */
export interface ChannelWords {
  readonly title: string;
  readonly about: string;
  /** What `to` of a message says; left out where one writes to single people. */
  readonly to?: string;
}

export function channelWords(channel: string): ChannelWords {
  const colon = channel.indexOf(":");
  const name = channel.slice(colon + 1);
  switch (colon < 0 ? channel : channel.slice(0, colon)) {
    case "everyone":
      return { title: "Everyone", about: "All of the tenant hear this.", to: channel };
    case "role":
      return { title: ROLE_TITLES[name] ?? name, about: `All with the role ${name} hear this.`, to: channel };
    case "channel":
      return { title: `#${name}`, about: "Whoever has joined hears this.", to: channel };
    default:
      return { title: "Direct", about: "What is sent to you alone, and what you have sent from this tab." };
  }
}

const ROLE_TITLES: Readonly<Record<string, string>> = {
  owner: "Owners",
  admin: "Admins",
  developer: "Developers",
  viewer: "Viewers",
};

/** Those that are shown: whatever is sent to this very connection is for programs. */
export function shownChannels(channels: Iterable<string>): readonly string[] {
  const rank = (channel: string): number => ORDER.findIndex((kind) => channel.startsWith(kind));
  return [...channels]
    .filter((channel) => !channel.startsWith("connection:"))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

const ORDER = ["everyone", "role:", "member:", "channel:"];
const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The channel of a name as somebody types it; undefined for what can't be one. */
export function namedChannel(typed: string): string | undefined {
  const name = typed.trim().replace(/^#/, "").toLowerCase();
  return NAME_PATTERN.test(name) ? `channel:${name}` : undefined;
}

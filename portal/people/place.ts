/** What the page shows, as its address says it: a link leads there, and the browser's way back does too. */
export type Place =
  | { readonly view: "questions"; readonly questionId?: string }
  | { readonly view: "messages"; readonly channel?: string }
  | { readonly view: "people" };

/** @param hash what stands in an address from `#` on. Whatever it can't say is the open questions. */
export function placeOf(hash: string): Place {
  const [, view, name] = /^#(questions|messages|people)(?:\/(.+))?$/.exec(hash) ?? [];
  if (view === "people") return { view };
  if (view === "messages") return { view, ...(name !== undefined && { channel: name }) };
  return { view: "questions", ...(name !== undefined && { questionId: name }) };
}

/** Ids and channels are of letters that an address takes as they are. */
export function placeHash(place: Place): string {
  const name = nameIn(place);
  return name === undefined ? `#${place.view}` : `#${place.view}/${name}`;
}

function nameIn(place: Place): string | undefined {
  switch (place.view) {
    case "questions":
      return place.questionId;
    case "messages":
      return place.channel;
    case "people":
      return undefined;
  }
}

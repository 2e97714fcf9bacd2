import * as z from "zod";

/** What a function is told that writes to people. */
export const PEOPLE_SETTINGS = {
  /** Where messages wait to be brought to those who are connected. */
  MESSAGES_QUEUE_URL: z.url({ protocol: /^https?$/ }),
};

const PeopleSettings = z.object(PEOPLE_SETTINGS);
export type PeopleConfig = z.infer<typeof PeopleSettings>;

export const CHANNEL_NAME_CHARACTERS_MAX = 64;
/** API Gateway's have 13 to 16, ours 40. */
export const CONNECTION_ID_CHARACTERS_MAX = 64;

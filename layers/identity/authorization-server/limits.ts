/** A code is exchanged at once. RFC 6749, section 4.1.2, allows ten minutes at most. */
export const CODE_LIFETIME_SECONDS = 60;
/** How long a page may wait for its person. */
export const CONSENT_LIFETIME_SECONDS = 10 * 60;
/** An access token can't be called back, so it is short. */
export const ACCESS_TOKEN_LIFETIME_SECONDS = 60 * 60;
/** What a program was allowed is over when it is not used for so long, */
export const GRANT_IDLE_SECONDS = 30 * 24 * 60 * 60;
/** and in any case after so long: the person is asked again. */
export const GRANT_LIFETIME_SECONDS = 90 * 24 * 60 * 60;
/** How long a refresh token that was just used is answered again with its successor, since a reply may be lost. */
export const REFRESH_REPEAT_SECONDS = 30;

export const REDIRECT_URIS_MAX = 8;
export const CLIENT_NAME_CHARACTERS_MAX = 100;
/** What a client registers is its id, and must leave room for the rest of an address of 8 KiB. */
export const CLIENT_CHARACTERS_MAX = 2_500;
/** What is posted here is a form or a registration. */
export const POST_BYTES_MAX = 16 * 1024;

/** A document that describes a client: draft-ietf-oauth-client-id-metadata-document-02, section 8.7, advises 5 KB. */
export const DOCUMENT_BYTES_MAX = 5 * 1024;
export const DOCUMENT_TIMEOUT_MS = 3_000;
/** Strangers name them, so only so many are fetched at once. */
export const DOCUMENT_FETCHES_MAX = 4;
export const DOCUMENT_FRESH_MS = 5 * 60_000;
export const DOCUMENT_STALE_MS_MAX = 10 * 60_000;
export const DOCUMENTS_KNOWN_MAX = 100;

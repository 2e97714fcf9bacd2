/** Where the authorization server answers, and to what. RFC 8414, section 3, names the first. */
export const AUTHORIZATION_SERVER_PATHS = [
  { path: "/.well-known/oauth-authorization-server", methods: ["GET"] },
  { path: "/oauth/register", methods: ["POST"] },
  { path: "/oauth/authorize", methods: ["GET", "POST"] },
  { path: "/oauth/token", methods: ["POST"] },
  { path: "/oauth/revoke", methods: ["POST"] },
] as const;

export type AuthorizationServerPath = (typeof AUTHORIZATION_SERVER_PATHS)[number]["path"];

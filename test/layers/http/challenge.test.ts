import { describe, expect, test } from "vitest";
import { bearerChallenge, withResourceMetadata, withScopePrefix } from "../../../layers/http/challenge.ts";

describe("a challenge for a provider that puts a prefix before each scope", () => {
  test("names the scopes as the provider knows them, and nothing else differently", () => {
    const challenge = bearerChallenge({
      error: "insufficient_scope",
      detail: "the scope= mcp:call is missing",
      scopes: ["mcp:read", "mcp:call"],
      resourceMetadataUrl: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
    });

    expect(withScopePrefix(challenge, "skein/")).toBe(
      'Bearer error="insufficient_scope", error_description="the scope= mcp:call is missing", ' +
        'scope="skein/mcp:read skein/mcp:call", ' +
        'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
  });

  test("stays as it is where it names none", () => {
    const challenge = withResourceMetadata("Bearer", "https://mcp.example.com/metadata");

    expect(withScopePrefix(challenge, "skein/")).toBe(challenge);
  });
});

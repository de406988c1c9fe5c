import { describe, expect, it } from "vitest"
import { loadConfig, type Config } from "../../../lib/config.ts"
import type { CodeGrant, RefreshGrant } from "../../../lib/exchange/grant.ts"
import { Secret } from "../../../lib/secret.ts"
import { tokenRequest } from "../../../lib/exchange/token-request.ts"
import { tokenResponseNeedsBody } from "../../../lib/exchange/token-response.ts"
import { codeVerifier, completeEnv, refreshTokenText } from "../../support/front-door.ts"

const config = loadConfig(completeEnv) as Config
const credentials = {
  version: "v1",
  clientId: "our-id",
  clientSecret: new Secret("our secret+/%&=æ"),
  sealingKeys: [],
}

const code: CodeGrant = {
  type: "authorization_code",
  code: new Secret("a+code/=&client_id=evil"),
  redirectUri: "https://app.example.com/callback?x=%2F&y=1",
  codeVerifier: new Secret(codeVerifier),
  nonce: "a-nonce",
  clientId: "our-id",
}
const refresh: RefreshGrant = {
  type: "refresh_token",
  refreshToken: new Secret(refreshTokenText),
  sub: "tony@example.com",
  ctx: "Cust12020",
  signedInAt: undefined,
  clientId: "our-id",
}

function formOf(grant: CodeGrant | RefreshGrant): [string, string][] {
  return [...new URLSearchParams(tokenRequest(grant, credentials, config).body?.text)]
}

const authentication = [
  ["client_id", "our-id"],
  ["client_secret", "our secret+/%&=æ"],
]

describe("the token request", () => {
  it("for a code says each thing once, and every byte as it came (C01, C04, C06, C08)", () => {
    expect(formOf(code)).toEqual([
      ["grant_type", "authorization_code"],
      ...authentication,
      ["code", "a+code/=&client_id=evil"],
      ["redirect_uri", "https://app.example.com/callback?x=%2F&y=1"],
      ["code_verifier", codeVerifier],
    ])
  })

  it("for a code without verifier leaves it out (C06)", () => {
    expect(formOf({ ...code, codeVerifier: undefined }).map(([name]) => name)).toEqual([
      "grant_type",
      "client_id",
      "client_secret",
      "code",
      "redirect_uri",
    ])
  })

  it("for a refresh token asks for no scope and names no user (C01, C14)", () => {
    expect(formOf(refresh)).toEqual([
      ["grant_type", "refresh_token"],
      ...authentication,
      ["refresh_token", refreshTokenText],
    ])
  })

  it.each([code, refresh])("for $type is a POST over TLS with nothing in the URL (C03, C63)", (grant) => {
    expect(tokenRequest(grant, credentials, config)).toEqual({
      method: "POST",
      url: "https://sod.superoffice.com/login/common/oauth/tokens",
      body: { type: "form", text: expect.any(String) as unknown },
      needsBody: tokenResponseNeedsBody,
    })
  })
})

import { describe, expect, it } from "vitest"
import type { Grant } from "../../../lib/exchange/grant.ts"
import { tokenRequest } from "../../../lib/exchange/token-request.ts"
import { tokenResponseNeedsBody } from "../../../lib/exchange/token-response.ts"
import { Secret } from "../../../lib/secret.ts"
import { codeGrant, completeConfig, refreshGrant } from "../../support/context.ts"
import { codeVerifier } from "../../support/front-door.ts"

const config = completeConfig()
const clientSecret = new Secret("our secret+/%&=æ")
const credentials = { version: "v1", clientId: "our-id", clientSecret, sealingKeys: [] }

const code = new Secret("a+code/=&client_id=evil")
const redirectUri = "https://app.example.com/callback?x=%2F&y=1"
const authentication = [
  ["client_id", "our-id"],
  ["client_secret", "our secret+/%&=æ"],
]

describe("tokenRequest", () => {
  const request = (grant: Grant) => tokenRequest(grant, credentials, config)
  const parts = (grant: Grant) => [...new URLSearchParams(request(grant).body?.text)]

  it("says each thing of a code once, and every byte as it came (C01, C04, C06, C08)", () => {
    const form = [
      ["grant_type", "authorization_code"],
      ...authentication,
      ["code", "a+code/=&client_id=evil"],
      ["redirect_uri", redirectUri],
    ]
    const grant = { ...codeGrant, code, redirectUri, nonce: "a-nonce" }
    expect(parts(grant)).toEqual([...form, ["code_verifier", codeVerifier]])
    expect(parts({ ...grant, codeVerifier: undefined })).toEqual(form)
  })

  it("asks for no scope and names no user in a refresh (C01, C14)", () => {
    expect(parts({ ...refreshGrant, sub: "tony@example.com", ctx: "Cust12020" })).toEqual([
      ["grant_type", "refresh_token"],
      ...authentication,
      ["refresh_token", "a-refresh-token"],
    ])
  })

  it.each([codeGrant, refreshGrant])("posts $type over TLS with nothing in the URL (C03, C63)", (grant) => {
    expect(request(grant)).toEqual({
      method: "POST",
      url: "https://sod.superoffice.com/login/common/oauth/tokens",
      body: { type: "form", text: expect.any(String) as string },
      needsBody: tokenResponseNeedsBody,
    })
  })
})

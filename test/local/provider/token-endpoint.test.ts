import { randomBytes } from "node:crypto"
import { describe, expect, it, onTestFinished } from "vitest"
import { clientSecret, provider, shareProvider, type Form } from "./application.ts"
import { verified } from "./signed-tokens.ts"
import {
  exchangedCode,
  newCodeGrant,
  postToken,
  refresh,
  refreshGrant,
  rejectedCode,
  rejectedRefresh,
  rejection,
} from "./token-requests.ts"

shareProvider()

describe("the local provider's token endpoint", () => {
  it("brings SuperOffice's five members and no other for a code with its verifier", async () => {
    const { body } = await exchangedCode("Cust26759/tony")
    expect(Object.keys(body).join()).toBe("token_type,access_token,expires_in,refresh_token,id_token")
    expect(body).toMatchObject({
      token_type: "Bearer",
      access_token: expect.stringMatching(/^8A:Cust26759\.[A-Za-z0-9+/]{690}==$/) as string,
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^[A-Za-z0-9]{64}$/) as string,
    })
  })

  it("brings for a refresh token, again and again, a fresh id_token without nonce, and no refresh token", async () => {
    const signedIn = (await exchangedCode("Cust12020/tony", { nonce: "a nonce" })).body
    for (let times = 0; times < 2; times++) {
      const { status, body } = await refresh(signedIn.refresh_token)
      expect(status).toBe(200)
      expect(Object.keys(body).join()).toBe("token_type,access_token,expires_in,id_token")
      expect(body.access_token).not.toBe(signedIn.access_token)
      const { claims } = await verified(body.id_token)
      expect(claims.sub).toBe("tony@example.com")
      expect(claims).not.toHaveProperty("nonce")
    }
  })

  it("takes a code once, also if it is used twice at the same time", async () => {
    const grant = await newCodeGrant("Cust12020/tony")
    const answers = await Promise.all([postToken(grant), postToken(grant)])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400])
    expect(await rejection(grant)).toEqual(rejectedCode)
  })

  it.each<[string, () => Form]>([
    ["code", () => ({ code: "x".repeat(64) })],
    ["client secret", () => ({ client_secret: "wrong" })],
    ["client id", () => ({ client_id: "0".repeat(32) })],
    ["verifier", () => ({ code_verifier: randomBytes(32).toString("base64url") })],
    ["redirect URI", () => ({ redirect_uri: "https://app.example.com/other" })],
  ])("rejects a code with another %s in SuperOffice's words", async (_what, changes) => {
    const grant = await newCodeGrant("Cust12020/tony")
    expect(await rejection({ ...grant, ...changes() })).toEqual(rejectedCode)
  })

  it("rejects an unknown refresh token, and one with another secret, in SuperOffice's words", async () => {
    const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
    expect(await rejection(refreshGrant("x".repeat(64)))).toEqual(rejectedRefresh)
    const wrong = { ...refreshGrant(refresh_token), client_secret: "wrong" }
    expect(await rejection(wrong)).toEqual(rejectedRefresh)
  })

  it("takes a client secret that replaced another, and that alone, at once", async () => {
    const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
    provider.replaceClientSecret("the second secret")
    onTestFinished(() => {
      provider.replaceClientSecret(clientSecret)
    })
    expect(await rejection(refreshGrant(refresh_token))).toEqual(rejectedRefresh)
    const answer = await postToken({ ...refreshGrant(refresh_token), client_secret: "the second secret" })
    expect(answer.status).toBe(200)
  })
})

import { randomBytes } from "node:crypto"
import { expect, test } from "vitest"
import { provider } from "./application.ts"
import { verified } from "./signed-tokens.ts"
import {
  codeGrant,
  exchangedCode,
  newCodeGrant,
  postToken,
  refresh,
  refreshGrant,
  rejectedCode,
  rejectedRefresh,
  rejection,
} from "./token-requests.ts"

test("a code with its verifier brings SuperOffice's five members and no other", async () => {
  const { body } = await exchangedCode("Cust26759/tony")
  expect(Object.keys(body)).toEqual(["token_type", "access_token", "expires_in", "refresh_token", "id_token"])
  expect(body).toMatchObject({
    token_type: "Bearer",
    access_token: expect.stringMatching(/^8A:Cust26759\.[A-Za-z0-9+/]{690}==$/) as string,
    expires_in: 3600,
    refresh_token: expect.stringMatching(/^[A-Za-z0-9]{64}$/) as string,
  })
})

test("a refresh brings no refresh token, a fresh id_token without nonce, and can be repeated", async () => {
  const signedIn = (await exchangedCode("Cust12020/tony", { nonce: "a nonce" })).body
  for (let times = 0; times < 2; times++) {
    const { status, body } = await refresh(signedIn.refresh_token)
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(["token_type", "access_token", "expires_in", "id_token"])
    expect(body.access_token).not.toBe(signedIn.access_token)
    const { claims } = await verified(body.id_token)
    expect(claims.sub).toBe("tony@example.com")
    expect(claims).not.toHaveProperty("nonce")
  }
})

test("a wrong code is rejected in SuperOffice's words", async () => {
  expect(await rejection(codeGrant("x".repeat(64)))).toEqual(rejectedCode)
})

test("a code works once", async () => {
  const { grant } = await exchangedCode("Cust12020/tony")
  expect(await rejection(grant)).toEqual(rejectedCode)
})

test("of two simultaneous uses of a code one is rejected", async () => {
  const grant = await newCodeGrant("Cust12020/tony")
  const answers = await Promise.all([postToken(grant), postToken(grant)])
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400])
})

test("a wrong secret, an unknown client, a wrong verifier and a wrong redirect URI are rejected in the same words", async () => {
  const grant = await newCodeGrant("Cust12020/tony")
  expect(await rejection({ ...grant, client_secret: "wrong" })).toEqual(rejectedCode)
  expect(await rejection({ ...grant, client_id: "0".repeat(32) })).toEqual(rejectedCode)
  expect(await rejection({ ...grant, code_verifier: randomBytes(32).toString("base64url") })).toEqual(
    rejectedCode,
  )
  expect(await rejection({ ...grant, redirect_uri: "https://app.example.com/other" })).toEqual(rejectedCode)
})

test("a wrong refresh token, and a refresh with a wrong secret, are rejected in SuperOffice's words", async () => {
  const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
  expect(await rejection(refreshGrant("x".repeat(64)))).toEqual(rejectedRefresh)
  expect(await rejection({ ...refreshGrant(refresh_token), client_secret: "wrong" })).toEqual(rejectedRefresh)
})

test("a replaced client secret is the only one that works, at once", async () => {
  const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
  provider.replaceClientSecret("the second secret")
  expect(await rejection(refreshGrant(refresh_token))).toEqual(rejectedRefresh)
  const answer = await postToken({ ...refreshGrant(refresh_token), client_secret: "the second secret" })
  expect(answer.status).toBe(200)
})

import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { Freshness, HttpAnswer } from "../../../lib/ports.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { Secret } from "../../../lib/secret.ts"
import { bodyOf, signedEvent } from "../../support/events.ts"
import { credentials, jsonAnswer, requestId, signingKey } from "../../support/front-door.ts"
import {
  clientId,
  createSigningKey,
  issuer,
  namespace,
  signedAt,
  signIdToken,
} from "../../support/id-tokens.ts"
import {
  systemUserClaims,
  iat,
  openSystemUserDoor,
  pem,
  systemUserRefusal,
  systemUserRequest,
  systemUserAnswer,
  ticket,
} from "../../support/system-user-door.ts"

describe("SuperOffice's refusal", () => {
  it.each([
    ["InvalidSignature", "signing_key_rejected"],
    ["The signature is not valid", "signing_key_rejected"],
    ["InvalidTimestamp", "clock_rejected"],
    ["Invalid time stamp.", "clock_rejected"],
    ["The clock differs", "clock_rejected"],
    ["Unable to authenticate", "system_user_rejected"],
    ["", "system_user_rejected"],
    [null, "system_user_rejected"],
    [{ signature: true }, "system_user_rejected"],
    [["InvalidSignature"], "system_user_rejected"],
  ])("%j is %s, and is not repeated", async (message, code) => {
    const door = openSystemUserDoor({ answers: [systemUserRefusal(message)] })
    expect(await door.invoke(systemUserRequest)).toMatchObject({ code, retryable: false })
    expect(door.requests).toHaveLength(1)
  })

  it.each<[number, string, string]>([
    [200, '{"IsSuccessful":false,"ErrorMessage":"7"}', "signing_key_rejected"],
    [200, '{"IsSuccessful":false,"Message":"InvalidTimestamp"}', "clock_rejected"],
    [200, '{"IsSuccessful":false}', "system_user_rejected"],
    ...[401, 403].flatMap((status): [number, string, string][] => [
      [status, '{"Message":"Authorization has been denied for this request."}', "system_user_rejected"],
      [status, '{"Message":"tenant 7 is not known"}', "system_user_rejected"],
      [status, '{"Message":"Calculated signature is invalid"}', "signing_key_rejected"],
      [status, '{"Message":"Authorization error: InvalidTimestamp (6)"}', "clock_rejected"],
      [status, '{"IsSuccessful":false,"ErrorMessage":"InvalidSignature"}', "signing_key_rejected"],
      [status, '{"IsSuccessful":true,"Token":"e.e.e"}', "system_user_rejected"],
      [status, "<html>Unauthorized</html>", "system_user_rejected"],
      [status, "[]", "system_user_rejected"],
      [status, "", "system_user_rejected"],
    ]),
    [400, '{"Message":"The supplied timestamp is invalid"}', "clock_rejected"],
    [400, '{"Message":"InvalidSignature"}', "signing_key_rejected"],
    [400, '{"Message":"The application authorization on this tenant has expired"}', "system_user_rejected"],
    [400, '{"IsSuccessful":false,"ErrorMessage":"Unable to authenticate"}', "system_user_rejected"],
    [404, '{"IsSuccessful":false,"ErrorMessage":"(7)"}', "signing_key_rejected"],
  ])("with status %i and the body %s is %s", async (status, body, code) => {
    const door = openSystemUserDoor({ answers: [{ status, retryAfterSeconds: undefined, body }] })
    const answer = await door.invoke(systemUserRequest)
    expect(answer).toMatchObject({ code, retryable: false })
    expect(JSON.stringify(answer)).not.toContain("token response")
    expect(door.requests).toHaveLength(1)
  })

  it.each([
    ["system_user_rejected", 400, "invalid_grant", "Unable to authenticate"],
    ["signing_key_rejected", 502, "server_error", "InvalidSignature"],
    ["clock_rejected", 502, "server_error", "InvalidTimestamp"],
  ])("as %s is a %i", async (code, status, error, message) => {
    const answer = await openSystemUserDoor({ answers: [systemUserRefusal(message)] }).invoke(
      signedEvent(systemUserRequest),
    )
    expect(answer.statusCode).toBe(status)
    expect(bodyOf(answer)).toMatchObject({ code, error, request_id: requestId })
  })

  it("is followed by a second try when the client secret has been replaced", async () => {
    const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }
    const door = openSystemUserDoor({
      answers: [systemUserRefusal("Unable to authenticate"), systemUserAnswer()],
      credentials: (freshness: Freshness) =>
        Promise.resolve({ value: freshness === "cached" ? credentials : replaced, stale: false }),
    })
    expect(await door.invoke(systemUserRequest)).toHaveProperty("ticket", ticket)
    expect(door.requests.map((one) => JSON.parse(one.body?.text ?? "{}") as object)).toMatchObject([
      { ApplicationToken: "client-secret-one" },
      { ApplicationToken: "client-secret-two" },
    ])
    expect(door.lastLine()).toMatchObject({ client_secret_replaced: 1, secret_version: "v2" })
  })

  it("of the signature is followed by a second try when the private key has been replaced", async () => {
    const door = openSystemUserDoor({
      answers: [systemUserRefusal("InvalidSignature"), systemUserAnswer()],
      privateKey: (freshness) => {
        const version = freshness === "reread" ? "k2" : "k1"
        return Promise.resolve({ value: parsePrivateKey(pem, version), readAt: signedAt, stale: false })
      },
    })
    expect(await door.invoke(systemUserRequest)).toHaveProperty("ticket", ticket)
    expect(door.requests).toHaveLength(2)
  })

  it("of the signature stands while no other private key can be read", async () => {
    const door = openSystemUserDoor({
      answers: [systemUserRefusal("InvalidSignature")],
      privateKey: (freshness) =>
        freshness === "reread"
          ? Promise.reject(new ExchangeError("secret_unavailable", "down"))
          : Promise.resolve({ value: parsePrivateKey(pem, "k1"), readAt: signedAt, stale: true }),
    })
    expect(await door.invoke(systemUserRequest)).toMatchObject({ code: "signing_key_rejected" })
    expect(door.requests).toHaveLength(1)
    expect(door.lastLine()).toMatchObject({ secret_stale: 1 })
  })

  it("for another reason asks for no other private key", async () => {
    const reads: Freshness[] = []
    const door = openSystemUserDoor({
      answers: [systemUserRefusal("Unable to authenticate"), systemUserAnswer()],
      privateKey: (freshness) => {
        reads.push(freshness)
        const version = freshness === "reread" ? "k2" : "k1"
        return Promise.resolve({ value: parsePrivateKey(pem, version), readAt: signedAt, stale: false })
      },
    })
    expect(await door.invoke(systemUserRequest)).toMatchObject({ code: "system_user_rejected" })
    expect(reads).toEqual(["cached"])
    expect(door.requests).toHaveLength(1)
  })

  it("of the signature does not hide what goes wrong in reading the private key again", async () => {
    const door = openSystemUserDoor({
      answers: [systemUserRefusal("InvalidSignature")],
      privateKey: (freshness) =>
        freshness === "reread"
          ? Promise.reject(new Error("unnamed"))
          : Promise.resolve({ value: parsePrivateKey(pem, "k1"), readAt: signedAt, stale: false }),
    })
    await expect(door.invoke(systemUserRequest)).rejects.toThrow("Something unexpected happened")
    expect(door.lastLine()).toMatchObject({ code: "unexpected" })
  })

  it("stands when the client secret is still the same, having looked once", async () => {
    const door = openSystemUserDoor({ answers: [systemUserRefusal("Unable to authenticate")] })
    await door.invoke(systemUserRequest)
    expect(door.credentialReads).toEqual(["cached", "reread"])
    expect(door.requests).toHaveLength(1)
  })
})

describe("an answer that is not one", () => {
  const aboutSystemUser = "SuperOffice's answer about the system user cannot be used."
  it.each<[string, HttpAnswer, string]>([
    ["HTML", { status: 200, retryAfterSeconds: undefined, body: "<html>" }, "upstream_invalid"],
    ["nothing", { status: 200, retryAfterSeconds: undefined, body: "" }, "upstream_invalid"],
    ["a list", jsonAnswer(200, []), "upstream_invalid"],
    ["another object", jsonAnswer(200, { Message: "The request is invalid." }), "upstream_invalid"],
    ["a success in words", jsonAnswer(200, { IsSuccessful: "true", Token: "x" }), "upstream_invalid"],
    ["a success with no token", jsonAnswer(200, { IsSuccessful: true, Token: null }), "upstream_invalid"],
    ["a success with an empty token", systemUserAnswer(""), "upstream_invalid"],
    ["a 400 without a reason", jsonAnswer(400, { Message: "The request is invalid." }), "upstream_invalid"],
    ["a 400 in HTML", { status: 400, retryAfterSeconds: undefined, body: "<html>" }, "upstream_invalid"],
    ["a success with a status of no success", { ...systemUserAnswer(), status: 404 }, "upstream_invalid"],
    ["a reason without a refusal", jsonAnswer(200, { ErrorMessage: "InvalidSignature" }), "upstream_invalid"],
    ["a redirect", { status: 302, retryAfterSeconds: undefined, body: "" }, "upstream_invalid"],
    [
      "a 404 of a web server",
      { status: 404, retryAfterSeconds: undefined, body: "<html>" },
      "upstream_invalid",
    ],
    ["a 429", jsonAnswer(429, {}), "upstream_unavailable"],
    ["a 500 in HTML", { status: 500, retryAfterSeconds: undefined, body: "<html>" }, "upstream_unavailable"],
    ["a 503", { status: 503, retryAfterSeconds: 7, body: "" }, "upstream_unavailable"],
  ])("%s", async (_what, answer, code) => {
    const body = await openSystemUserDoor({ answers: [answer] }).invoke(systemUserRequest)
    expect(body).toMatchObject({ code, retryable: code === "upstream_unavailable" })
    expect(body).not.toHaveProperty("ticket")
    if (code === "upstream_invalid") expect(body).toHaveProperty("error_description", aboutSystemUser)
  })

  it("is described in the same words when it cannot be read at all", async () => {
    const unreadable = new ExchangeError("upstream_invalid", "the body is over 1 MiB")
    expect(await openSystemUserDoor({ answers: [unreadable] }).invoke(systemUserRequest)).toMatchObject({
      code: "upstream_invalid",
      error_description: aboutSystemUser,
    })
  })

  it("is described in words about the system user when its token is not valid", async () => {
    const token = signIdToken(signingKey, systemUserClaims({ aud: "spn:another" }))
    expect(
      await openSystemUserDoor({ answers: [systemUserAnswer(token)] }).invoke(systemUserRequest),
    ).toMatchObject({
      code: "id_token_invalid",
      error_description: "SuperOffice's token for the system user did not pass validation.",
    })
  })

  it("says when to come back, when SuperOffice did, and does not ask before that", async () => {
    const door = openSystemUserDoor({ answers: [{ status: 503, retryAfterSeconds: 7, body: "" }] })
    expect(await door.invoke(systemUserRequest)).toMatchObject({ retryable: true, retry_after_seconds: 7 })
    expect(door.requests).toHaveLength(1)
  })

  it("is asked for no second time when it does not come in time", async () => {
    const door = openSystemUserDoor({ answers: [new ExchangeError("upstream_timeout", "late")] })
    expect(await door.invoke(systemUserRequest)).toMatchObject({ code: "upstream_timeout", retryable: true })
    expect(door.requests).toHaveLength(1)
  })
})

describe("a token that may not be believed", () => {
  const stranger = createSigningKey()
  const at = (seconds: number) => iat + seconds
  it.each<[string, string, string]>([
    ["for another tenant", signed({ [`${namespace}ctx`]: "Cust26759" }), "tenant_mismatch"],
    ["for no tenant", signed({ [`${namespace}ctx`]: undefined }), "id_token_invalid"],
    ["by a user's issuer", signed({ iss: issuer }), "id_token_invalid"],
    ["by no issuer", signed({ iss: undefined }), "id_token_invalid"],
    ["for another serial number", signed({ aud: "spn:1730265981" }), "id_token_invalid"],
    ["for our client id", signed({ aud: clientId }), "id_token_invalid"],
    ["for others too", signed({ aud: ["spn:1501178584", clientId] }), "id_token_invalid"],
    ["for the number alone", signed({ aud: "1501178584" }), "id_token_invalid"],
    ["with another serial number", signed({ [`${namespace}serial`]: "1730265981" }), "id_token_invalid"],
    ["without a serial number", signed({ [`${namespace}serial`]: undefined }), "id_token_invalid"],
    [
      "without a serial number, for nobody",
      signed({ [`${namespace}serial`]: undefined, aud: "spn:undefined" }),
      "id_token_invalid",
    ],
    [
      "with an empty serial number, for nobody",
      signed({ [`${namespace}serial`]: "", aud: "spn:" }),
      "id_token_invalid",
    ],
    ["with another authorized party", signed({ azp: clientId }), "id_token_invalid"],
    ["with an empty subject", signed({ sub: "" }), "id_token_invalid"],
    ["with a subject that is no text", signed({ sub: 5 }), "id_token_invalid"],
    ["with a subject of 256 characters", signed({ sub: "s".repeat(256) }), "id_token_invalid"],
    ["that has expired", signed({ exp: at(-60) }), "id_token_invalid"],
    ["without an end", signed({ exp: undefined }), "id_token_invalid"],
    ["with null for an end", signed({ exp: null }), "id_token_invalid"],
    ["with an iat that is no time", signed({ iat: "yesterday" }), "id_token_invalid"],
    ["with an nbf that is no time", signed({ nbf: {} }), "id_token_invalid"],
    ["that is not valid yet", signed({ nbf: at(61) }), "id_token_invalid"],
    ["from the future", signed({ iat: at(61) }), "id_token_invalid"],
    ["of more than an hour ago", signed({ iat: at(-3_661) }), "id_token_invalid"],
    ["signed by somebody else", signIdToken(stranger, systemUserClaims()), "id_token_invalid"],
    [
      "signed by somebody else in the name of SuperOffice's key",
      signIdToken({ ...stranger, kid: signingKey.kid, x5t: signingKey.x5t }, systemUserClaims()),
      "id_token_invalid",
    ],
    ["that is not signed", `${unsigned()}.`, "id_token_invalid"],
    ["that is no JWT", "a ticket", "id_token_invalid"],
    ["without a ticket", signed({ [`${namespace}ticket`]: undefined }), "upstream_invalid"],
    ["with an empty ticket", signed({ [`${namespace}ticket`]: "" }), "upstream_invalid"],
    ["with a ticket that is no text", signed({ [`${namespace}ticket`]: 7 }), "upstream_invalid"],
  ])("is one %s", async (_what, token, code) => {
    const door = openSystemUserDoor({ answers: [systemUserAnswer(token)] })
    const answer = await door.invoke(systemUserRequest)
    expect(answer).toMatchObject({ code, retryable: false })
    expect(JSON.stringify(answer)).not.toContain(ticket)
    expect(door.requests).toHaveLength(1)
  })

  it.each([
    ["Cust12020", "CUST12020"],
    ["cust12020", "Cust12020"],
  ])("is not one for the same tenant in other letters: for %s, %s", async (tenant, ctx) => {
    const door = openSystemUserDoor({ answers: [systemUserAnswer(signed({ [`${namespace}ctx`]: ctx }))] })
    expect(await door.invoke({ ...systemUserRequest, tenant })).toMatchObject({ ticket, claims: { ctx } })
  })

  it.each(["at+jwt", "logout+jwt", "application/jwt"])("is one of type %s (C35)", async (typ) => {
    const token = signIdToken(signingKey, systemUserClaims(), { alg: "RS256", kid: signingKey.kid, typ })
    expect(
      await openSystemUserDoor({ answers: [systemUserAnswer(token)] }).invoke(systemUserRequest),
    ).toMatchObject({
      code: "id_token_invalid",
    })
  })

  it("is one whose tolerance is over, and not one second before", async () => {
    const token = signed({ exp: at(-59) })
    expect(
      await openSystemUserDoor({ answers: [systemUserAnswer(token)] }).invoke(systemUserRequest),
    ).toHaveProperty("ticket")
  })

  function signed(changes: Readonly<Record<string, unknown>>): string {
    return signIdToken(signingKey, systemUserClaims(changes))
  }

  function unsigned(): string {
    return [{ alg: "none", typ: "JWT" }, systemUserClaims()]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".")
  }
})

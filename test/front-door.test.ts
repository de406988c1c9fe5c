import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { exchangeCode, refreshToken } from "../lib/operations/token.ts"
import { keySetOf, openFrontDoor, pageOrigin, plainAnswer, signingKey } from "./support/front-door.ts"

const redirect_uri = `${pageOrigin}/callback`

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")
}

describe("the response that this product was specified from", () => {
  const body = fixture("seed-response.json")
  const upstream = JSON.parse(body) as Record<string, string>
  const sod = (JSON.parse(fixture("sod-jwks.json")) as { keys: [Record<string, unknown>] }).keys[0]
  const nonce = "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7"

  /** Redeems a code that is answered with this body at this time, by these keys. */
  async function answerTo(text: string, at: string, keys: readonly unknown[]) {
    const door = openFrontDoor(exchangeCode, {
      answers: [plainAnswer(200, text)],
      now: new Date(at),
      keySet: () => Promise.resolve({ value: keySetOf(...keys), stale: false }),
    })
    return await door.invoke({ code: "seed", redirect_uri, nonce })
  }

  it.each([
    ["one of several with a kid in hex", [signingKey.jwk, sod, { ...signingKey.jwk, kid: "another" }]],
    ["one with a kid in x5t form", [{ ...sod, kid: sod.x5t }]],
    ["one without kid and x5t", [{ ...sod, kid: undefined, x5t: undefined }]],
  ])("comes out normalized at its own time, when the key is %s", async (_form, keys) => {
    expect(await answerTo(body, "2018-01-18T18:21:40Z", keys)).toEqual({
      token_type: "Bearer",
      access_token: upstream.access_token,
      expires_in: 3600,
      expires_at: 1516299700 + 3600,
      scope: "openid",
      refresh_token: upstream.refresh_token,
      id_token: upstream.id_token,
      claims: {
        iss: "https://sod.superoffice.com",
        sub: "tony.yates@superoffice.com",
        aud: "db1834037c58c02b6bd9898feef19845",
        iat: 1516299656,
        nbf: 1516299596,
        exp: 1516299956,
        nonce,
        ctx: "Cust12020",
        associateid: 5,
        serial: "1501178584",
        is_administrator: false,
        email: "tony.yates@superoffice.com",
        upn: "tony.yates@superoffice.com",
        identityprovider: "superoffice-online",
        netserver_url: "https://sod.superoffice.com/Cust12020/Remote/Services82/",
        webapi_url: "https://sod.superoffice.com/Cust12020/api/",
      },
    })
  })

  it("is refused five minutes later, and as it was published, with dots and characters lost", async () => {
    const published = /{.*}/s.exec(fixture("seed-as-published.txt"))?.[0] ?? ""
    const answers = [
      await answerTo(body, "2018-01-18T18:27:00Z", [sod]),
      await answerTo(published, "2018-01-18T18:21:40Z", [sod]),
    ]
    for (const answer of answers) expect(answer).toMatchObject({ code: "id_token_invalid", retryable: false })
  })
})

describe("a refusal that SuperOffice once gave", () => {
  type Refusal = Readonly<{ grant: string; status: number; body: string }>
  const recorded = JSON.parse(fixture("recorded-errors.json")) as readonly Refusal[]

  it.each(recorded)("of a $grant is grant_rejected", async ({ grant, status, body }) => {
    const isCode = grant === "authorization_code"
    const door = openFrontDoor(isCode ? exchangeCode : refreshToken, { answers: [plainAnswer(status, body)] })
    const answer = await door.invoke(isCode ? { code: "a-code", redirect_uri } : { refresh_token: "a-token" })
    expect(answer).toMatchObject({ error: "invalid_grant", code: "grant_rejected", retryable: false })
  })
})

import { describe, expect, it } from "vitest"
import { exchangeCode } from "../../lib/operations/token.ts"
import {
  accessToken,
  jsonAnswer,
  refreshTokenText,
  rejectedAnswer,
  tokenAnswer,
} from "../support/front-door.ts"
import { deliveries, openPage, ownPkce } from "./page.ts"

describe.each(deliveries)("in delivery %s, nothing secret", (delivery) => {
  it("is in any answer, cookie or log line of a page's whole life (C62)", async () => {
    const page = openPage(delivery)
    const begun = delivery === "sealed" ? undefined : await page.begin()
    const answer = begun?.answer ?? tokenAnswer()
    const fields = begun ? { code: "canary-code", state: begun.state } : { ...ownPkce, code: "canary-code" }
    const visits = [
      await page.visit(exchangeCode, fields, { answers: [answer] }),
      await page.refresh(),
      await page.refresh({ answers: [rejectedAnswer] }),
      await page.refresh({ answers: [tokenAnswer({ id_token: "not.an.idtoken" })] }),
      await page.refresh({
        answers: [jsonAnswer(400, { error: "odd", error_description: refreshTokenText })],
      }),
      await page.refresh({ answers: [new Error(`cannot send ${refreshTokenText}`)] }),
      await page.refresh({ secondsLater: 1_000_000 }),
      await page.revoke({ answers: [jsonAnswer(503, { token: refreshTokenText })] }),
      await page.revoke(),
    ]
    const { code_verifier: verifier = "" } = visits[0]?.posts[0] ?? {}
    expect(verifier).toMatch(/^[\w-]{43}$/)

    const cookies = [...(begun?.cookies ?? []), ...visits.flatMap((visit) => visit.cookies)]
    const sealed = [...cookies, page.kept.sealed].map(
      (text) => text.replace(/^[^=]*=/, "").split(";")[0] ?? "",
    )
    const opened = sealed.flatMap((text) =>
      text.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1")),
    )
    const bodies = visits.map(({ body }) => JSON.stringify(body))
    const said = [...bodies, ...cookies, ...opened, page.kept.log].join("\n")
    for (const secret of [refreshTokenText, verifier, "canary-code", "client-secret-one"]) {
      expect(said).not.toContain(secret)
    }

    // A page may read the nonce in its claims and in the ID Token, and nowhere else.
    if (begun)
      expect([...bodies.slice(1), ...cookies, ...opened, page.kept.log].join("\n")).not.toContain(begun.nonce)
    // What was sealed for a page is worth a refresh token to whoever reads the log.
    for (const text of sealed) if (text !== "") expect(page.kept.log).not.toContain(text)
    expect(page.kept.log).not.toContain(accessToken)
    expect(page.kept.log).not.toContain("tony@example.com")
    // What was looked through is what there was to look through.
    expect(opened.join()).toContain('"typ":"so-session"')
    expect(page.kept.log).toContain('"code":"id_token_invalid"')
  })
})

import { describe, expect, it } from "vitest"
import { clearedIn, cookieDeliveries, failure, openPage, sessionName } from "./page.ts"

describe.each(cookieDeliveries)("in delivery %s, a cookie", (delivery) => {
  const refused = { body: failure("session_expired"), posts: [] }

  it("whose name only looks like the session's is not the session (C68)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const sealed = page.jar.get(sessionName) ?? ""
    const name = `\u2000${sessionName}`
    const alone = await page.refresh({ cookies: [`${name}=${sealed}`] })
    expect(alone).toMatchObject({ ...refused, cookies: [] })
    const victims = await page.refresh({ cookies: [`${name}=attacker`, `${sessionName}=${sealed}`] })
    expect(victims).toMatchObject({ body: { token_type: "Bearer" }, posts: [{}] })
  })

  it("that comes twice is absent, and is cleared in both kinds, whichever came first (C68)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const [one, two] = [`${sessionName}=${page.jar.get(sessionName) ?? ""}`, `${sessionName}=another`]
    const other = delivery === "cookie" ? "partitioned" : "cookie"
    const cookies = [clearedIn(other, sessionName), clearedIn(delivery, sessionName)]
    for (const both of [
      [one, two],
      [two, one],
    ]) {
      expect(await page.refresh({ cookies: both })).toMatchObject({ ...refused, cookies })
    }
  })
})

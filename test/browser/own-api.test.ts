import { describe, expect, it, onTestFinished } from "vitest"
import { namespace } from "../../harness/id-tokens.ts"
import { engine, isLeftOut } from "../support/browser.ts"
import { openApp, type AppOptions } from "./app.ts"
import { message, press, signIn } from "./user.ts"

describe.skipIf(isLeftOut)(`the example page's own API in ${engine.name}`, () => {
  it.each<[string, AppOptions]>([
    ["cookie over http", { delivery: "cookie" }],
    [
      "partitioned over https, the functions on another site",
      { delivery: "partitioned", scheme: "https", hostNames: { page: "127.0.0.1", api: "localhost" } },
    ],
    ["sealed over http", { delivery: "sealed" }],
  ])(
    "knows the user in delivery %s by a token that is not SuperOffice's, and answers 401 without it",
    { tags: "engines" },
    async (_where, options) => {
      const { tab } = await openApp(options)
      await signIn(tab)
      const asked = tab.waitForRequest("**/me")
      await press(tab, "Call the API")
      await tab.getByText("The API knows you as associate 2 of Cust12020.").waitFor()
      const { authorization, cookie } = await (await asked).allHeaders()
      expect(authorization).toMatch(/^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
      expect(cookie).toBeUndefined()
      await press(tab, "Without a token")
      await tab.getByText("The API answered 401.").waitFor()
    },
  )

  it("knows the user of the other tenant after a new sign-in, and the page forgets what it said before", async () => {
    const { tab } = await openApp({ delivery: "cookie" })
    await signIn(tab)
    await press(tab, "Call the API")
    await tab.getByText("The API knows you as associate 2 of Cust12020.").waitFor()
    await press(tab, "Sign out")
    await signIn(tab, "Cust26759/tony")
    expect(await tab.locator("#own-api-result").innerText()).toBe("")
    await press(tab, "Call the API")
    await tab.getByText("The API knows you as associate 14 of Cust26759.").waitFor()
  })

  it("is not called for a user without an associate id, who gets no token", async () => {
    const { tab, provider, watch } = await openApp({ delivery: "cookie" })
    const { changeClaims } = provider
    onTestFinished(() => {
      provider.changeClaims = changeClaims
    })
    provider.changeClaims = (claims) => ({ ...claims, [`${namespace}associateid`]: undefined })
    await signIn(tab)
    await press(tab, "Call the API")
    expect(await message(tab)).toContain("Code: api_token_missing")
    expect(watch.urls.filter((url) => url.endsWith("/me"))).toEqual([])
  })
})

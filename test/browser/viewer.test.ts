import type { Locator, Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { operations, publications, requestExamples } from "../openapi/document.ts"
import { isLeftOut } from "../support/browser.ts"
import { openApp, openBrowser } from "./app.ts"
import { complaintsOf } from "./complaints.ts"
import { press } from "./user.ts"

/** The names of the examples that a delivery lacks, by operation. */
const lacking = {
  cookie: ["refreshToken sealed", "token refresh_sealed", "revokeToken sealed"],
  sealed: ["exchangeCode after_start_login", "refreshToken cookie", "refreshToken same_user"].concat(
    ...["token refresh", "startLogin any_tenant", "startLogin one_tenant", "startLogin kept"],
    "revokeToken cookie",
  ),
}

describe.skipIf(isLeftOut)("the viewer of the API", () => {
  it.each([
    ["cookie", "http"],
    ["sealed", "https"],
  ] as const)(
    "sends every example of the document with success at the first try: %s over %s",
    async (delivery, scheme) => {
      const { tab, context, page, watch } = await openBrowser({ delivery, scheme })
      const complaints = complaintsOf(context)
      await tab.goto(`${page.url}/docs`)
      const all = [...operations, ...publications].map(
        ({ method, path }) => `${method.toUpperCase()} ${path}`,
      )
      expect(await tab.locator("h3").allInnerTexts()).toEqual(all)
      const answers = await tab.evaluate<Record<string, string>>(sendAll)

      const examples = requestExamples.map(({ operation, name }) => `${operation.operationId} ${name}`)
      const sent = examples.filter((one) => !lacking[delivery].includes(one))
      expect(new Set(Object.keys(answers))).toEqual(new Set(sent))
      expect(Object.entries(answers).filter(([, status]) => !status.startsWith("200 OK, "))).toEqual([])
      expect(new Set(watch.urls.map((url) => new URL(url).origin))).toEqual(new Set([page.url]))
      expect(complaints).toEqual([])
    },
  )

  it("names an operation's headers, and what the functions answer to a body that was edited", async () => {
    const { tab, page } = await openApp({ delivery: "cookie" }, "/docs")
    const sameUser = await open(tab, "refreshToken", "same_user")
    expect(await send(sameUser)).toMatch(/^200 OK, /)
    const request = await sameUser.locator("pre").first().innerText()
    expect(request).toContain(`POST /refresh-token\nContent-Type: application/json\nOrigin: ${page.url}\n`)
    expect(request).toMatch(/\nX-CSRF: 1\nCookie: __Host-so-session-/)

    await sameUser.getByLabel("Body").fill('{"sub":"somebody else"}')
    expect(await send(sameUser)).toMatch(/^400 Bad Request, /)
    expect(await sameUser.locator("pre").last().innerText()).toContain('"code": "session_expired"')
  })

  it("gets new values for a code that is spent", async () => {
    const { tab } = await openApp({ delivery: "cookie" }, "/docs")
    const example = await open(tab, "signedExchangeCode", "pkce")
    expect(await send(example)).toMatch(/^200 OK, /)
    const spent = await example.getByLabel("Body").inputValue()
    expect(await send(example)).toMatch(/^400 Bad Request, /)
    await press(example, "New values")
    await example.getByRole("status").getByText("Ready to send").waitFor()
    expect(await example.getByLabel("Body").inputValue()).not.toBe(spent)
    expect(await send(example)).toMatch(/^200 OK, /)
  })

  it("says what to do when the local stack has ended", async () => {
    const { tab, context } = await openApp({ delivery: "cookie" }, "/docs")
    await context.setOffline(true)
    const health = await open(tab, "signedHealth", "health")
    const status = health.getByRole("status")
    await status.getByText("Failed: the local stack does not answer. Is npm start still running?").waitFor()
    expect(await health.getByRole("button", { name: "Send" }).getAttribute("aria-disabled")).toBe("true")
  })
})

/** Opens an example. */
async function open(tab: Page, operation: string, name: string): Promise<Locator> {
  const example = tab.locator(`details[data-operation="${operation}"][data-example="${name}"]`)
  await example.locator("summary").click()
  return example
}

/** Sends an example as it is, when it is ready, and gives what the page says then. */
async function send(example: Locator): Promise<string> {
  await example.locator("[data-part=send][aria-disabled=false]").click()
  const status = example.getByRole("status")
  await status.getByText(/^(\d{3} |Failed)/).waitFor()
  return await status.innerText()
}

/** Opens one example after the other, sends it, and gives what the page says then. */
const sendAll = `(async () => {
  const answers = {}
  for (const details of document.querySelectorAll("details")) {
    const says = async (pattern) => {
      const status = () => details.querySelector("[data-part=status]")?.textContent ?? ""
      while (!pattern.test(status())) await new Promise((resolve) => setTimeout(resolve, 10))
      return status()
    }
    details.open = true
    const ready = await says(/^Ready|^Failed/)
    if (ready.startsWith("Ready")) details.querySelector("[data-part=send]").click()
    const { operation, example } = details.dataset
    answers[operation + " " + example] = await says(/^\\d{3} |^Failed/)
  }
  return answers
})()`

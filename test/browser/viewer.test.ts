import type { Locator, Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { makeCertificate } from "../../local/certificate.ts"
import { startExample } from "../../local/example.ts"
import { operations, requestExamples } from "../openapi/document.ts"
import { browserForTests, isLeftOut } from "../support/browser.ts"
import type { deliveries } from "./app.ts"

const { browser, closeAfterTest } = browserForTests()

type Scheme = "http" | "https"

async function openViewer(scheme: Scheme, delivery: (typeof deliveries)[number]) {
  const tls = scheme === "https" && makeCertificate(["127.0.0.1"])
  const example = await startExample({ delivery, ...(tls && { tls }) })
  closeAfterTest(() => example.close())
  const context = await browser().newContext({ ignoreHTTPSErrors: true })
  closeAfterTest(() => context.close())
  const tab = await context.newPage()
  const requested = new Set<string>()
  const complaints: string[] = []
  tab.on("request", (request) => requested.add(new URL(request.url()).origin))
  tab.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text())
  })
  tab.on("pageerror", (error) => complaints.push(error.message))
  await tab.goto(`${example.page.url}/docs`)
  return { tab, example, requested, complaints }
}

/** Opens an example and sends it as it is; returns its status, or what the page says instead. */
async function sendAtOnce(example: Locator): Promise<string> {
  await example.locator("summary").click()
  await example.getByRole("button", { name: "Send" }).click()
  return await statusOf(example)
}

async function statusOf(example: Locator): Promise<string> {
  const status = example.getByRole("status")
  await status.getByText(/^(\d{3} |Failed)/).waitFor()
  return await status.innerText()
}

function exampleIn(tab: Page, operation: string, name: string): Locator {
  return tab.locator(`details[data-operation="${operation}"][data-example="${name}"]`)
}

/** The names of the examples that a delivery lacks, by operation. */
const lacking = {
  cookie: ["refreshToken sealed", "token refresh_sealed", "revokeToken sealed"],
  sealed: [
    "exchangeCode after_start_login",
    "refreshToken cookie",
    "refreshToken same_user",
    "token refresh",
    "startLogin any_tenant",
    "startLogin one_tenant",
    "startLogin kept",
    "revokeToken cookie",
  ],
}

describe.skipIf(isLeftOut)("the viewer of the API", () => {
  it.each([
    ["cookie", "http"],
    ["partitioned", "https"],
    ["sealed", "https"],
  ] as const)(
    "sends every example of the document with success at the first try: %s over %s",
    async (delivery, scheme) => {
      const { tab, example, requested, complaints } = await openViewer(scheme, delivery)
      expect(await tab.locator("h3").allInnerTexts()).toEqual(operations.map(({ path }) => `POST ${path}`))

      const all = requestExamples.map(({ operation, name }) => `${operation.operationId} ${name}`)
      const shown: string[] = []
      const failures: string[] = []
      for (const details of await tab.locator("details").all()) {
        const [operation, name] = await Promise.all(
          ["data-operation", "data-example"].map((attribute) => details.getAttribute(attribute)),
        )
        shown.push(`${operation} ${name}`)
        const status = await sendAtOnce(details)
        if (!status.startsWith("200 OK, ")) failures.push(`${operation} ${name}: ${status}`)
      }
      expect(failures).toEqual([])
      const left: readonly string[] = delivery === "sealed" ? lacking.sealed : lacking.cookie
      expect(shown.toSorted()).toEqual([...new Set(all)].filter((one) => !left.includes(one)).toSorted())
      expect([...requested]).toEqual([example.page.url])
      expect(complaints).toEqual([])
    },
  )

  it("names an operation's headers, and what the functions answer to a body that was edited", async () => {
    const { tab, example, complaints } = await openViewer("http", "cookie")
    const sameUser = exampleIn(tab, "refreshToken", "same_user")
    expect(await sendAtOnce(sameUser)).toMatch(/^200 OK, /)
    const request = await sameUser.locator("pre").first().innerText()
    expect(request).toContain(
      `POST /refresh-token\nContent-Type: application/json\nOrigin: ${example.page.url}\n`,
    )
    expect(request).toMatch(/\nX-CSRF: 1\nCookie: __Host-so-session-/)

    await sameUser.getByLabel("Body").fill('{"sub":"somebody else"}')
    await sameUser.getByRole("button", { name: "Send" }).click()
    await sameUser
      .getByRole("status")
      .getByText(/^400 Bad Request, /)
      .waitFor()
    expect(await sameUser.locator("pre").last().innerText()).toContain('"code": "session_expired"')
    expect(complaints).toEqual([])
  })

  it("gets new values for a code that is spent", async () => {
    const { tab } = await openViewer("http", "cookie")
    const example = exampleIn(tab, "signedExchangeCode", "pkce")
    expect(await sendAtOnce(example)).toMatch(/^200 OK, /)
    const spent = await example.getByLabel("Body").inputValue()
    await example.getByRole("button", { name: "Send" }).click()
    await example
      .getByRole("status")
      .getByText(/^400 Bad Request, /)
      .waitFor()

    await example.getByRole("button", { name: "New values" }).click()
    await example.getByRole("status").getByText("Ready to send").waitFor()
    expect(await example.getByLabel("Body").inputValue()).not.toBe(spent)
    await example.getByRole("button", { name: "Send" }).click()
    expect(await statusOf(example)).toMatch(/^200 OK, /)
  })

  it("says what to do when the local stack has ended", async () => {
    const { tab, example } = await openViewer("http", "cookie")
    await example.close()
    const health = exampleIn(tab, "signedHealth", "health")
    await health.locator("summary").click()
    expect(await statusOf(health)).toBe(
      "Failed: the local stack does not answer. Is npm start still running?",
    )
    expect(await health.getByRole("button", { name: "Send" }).getAttribute("aria-disabled")).toBe("true")
  })
})

import type { Cookie, Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import type { BrowserTokenResponse, ErrorResponse } from "../../lib/contract.ts"
import { makeCertificate } from "../../harness/certificate.ts"
import type { HttpApiEvent } from "../../local/http-api/event.ts"
import { closeServer, createWebServer, listenOnLoopback, withHostName } from "../../local/loopback.ts"
import type { Stack } from "../../local/stack.ts"
import { isLeftOut } from "../support/browser.ts"
import { closeAfterTest, cookiesOf, newBrowser, openApp } from "./app.ts"
import { isSignedIn, isSignedOut, signIn } from "./user.ts"

const victim = "anna@example.com"

describe.skipIf(isLeftOut)("cookies of a sibling site whose names look like ours", () => {
  it.each(["cookie", "partitioned"] as const)(
    "do not sign in a browser that has no session, nor change who is signed in: %s (C68)",
    async (delivery) => {
      const { app, evil, received, answered } = await prepareAttack(delivery)
      const { tab, context } = app
      await tab.goto(evil.url)

      // The look-alikes arrive, and the answer is that there is no session.
      const first = await refreshBy(tab, () => tab.goto(app.page.url))
      expect(new Set(namesFor(evil.session, received.at(-1)))).toEqual(evil.sent)
      expect(first).toMatchObject({ code: "session_expired" })
      await isSignedOut(tab)

      // A sign-in works beside them.
      await signIn(tab)
      expect(await refreshBy(tab, () => tab.reload())).toMatchObject({ claims: { email: victim } })

      // Now the look-alikes come behind the victim's cookie, because Chromium sends cookies of a path by their age.
      const [own, ...others] = await cookiesOf(context, "so-session")
      expect(others).toEqual([])
      await context.clearCookies()
      if (own) await context.addCookies([own])
      await tab.goto(evil.url)
      const again = await refreshBy(tab, () => tab.goto(app.page.url))
      expect(namesFor(own?.value, received.at(-1))).toEqual([evil.cookieName])
      expect(new Set(namesFor(evil.session, received.at(-1)))).toEqual(evil.sent)
      expect(again).toMatchObject({ claims: { email: victim } })
      await isSignedIn(tab, victim)

      // The browser has one session cookie of ours, and no answer repeated a name that the sibling made up.
      expect(await cookiesOf(context, "so-session")).toHaveLength(1)
      const ours = /^__Host-so-(session|login)(-[0-9a-f]{8}){1,2}$/
      expect(answered.filter((name) => !ours.test(name))).toEqual([])
    },
  )
})

/** Starts page, API and the attacker's site below one domain. The attacker signs in, and that site sets the session. */
async function prepareAttack(delivery: "cookie" | "partitioned") {
  const hostNames = { page: "app.example.com", api: "api.example.com" }
  const app = await openApp({ delivery, scheme: "https", hostNames })
  const attacker = await newBrowser()
  await attacker.goto(app.page.url)
  await signIn(attacker, "Cust12020/tony")
  const [cookie] = await cookiesOf(attacker.context(), "so-session")
  if (!cookie) throw new Error("the attacker has no session")
  return { app, evil: await startEvilSite(cookie), ...record(app.stack) }
}

/** A site of the attacker's, who has a session: it sets that as the value of look-alikes of our cookie. */
async function startEvilSite({ name, value, partitionKey }: Cookie) {
  // What Chromium keeps and sends to the API.
  const sent = [
    // String.prototype.trim removes each of these.
    ...["\u2000", "\u00a0", "\ufeff", "\u3000"].map((space) => space + name),
    `\u2000${name}\u2000`,
    `"${name}"`,
  ]
  // Chromium removes ASCII space, then refuses a cookie with a Domain whose name begins with the prefix in any case.
  const refused = [` ${name}`, `${name} `, `\t${name}\t`, `${name}\u2000`, name, name.toLowerCase()].concat(
    // A cookie without a name would be sent as its value. Chromium refuses one that has "=" in it.
    ...[`=${name}`, `=\u2000${name}`],
  )
  const [first = ""] = sent
  const everywhere = "Domain=example.com; Path=/; Secure; SameSite=None"
  const lines = [
    ...[...sent, ...refused].map((lookAlike) => `${lookAlike}=${value}; ${everywhere}`),
    // Chromium sends a longer path first, and keeps a partitioned cookie beside one that is not.
    `${first}=${value}; Domain=example.com; Path=/token; Secure; SameSite=None`,
    ...(partitionKey === undefined ? [] : [`${first}=${value}; ${everywhere}; Partitioned`]),
  ]
  const hostName = "evil.example.com"
  const server = createWebServer(
    (_request, response) => {
      // Names are UTF-8, and Node writes one byte for each character of a header, unless the body is a string.
      const bytes = lines.map((line) => Buffer.from(line).toString("latin1"))
      response.writeHead(200, { "set-cookie": bytes, "content-type": "text/html" })
      response.end(Buffer.from("<!doctype html><title>A sibling</title>"))
    },
    makeCertificate([hostName]),
  )
  const url = withHostName(await listenOnLoopback(server, 0, "https:"), hostName)
  closeAfterTest(() => closeServer(server))
  return { url, cookieName: name, session: value, sent: new Set(sent) }
}

/** Records the cookies of each request to the functions, and the names of the cookies in all answers, from now on. */
function record({ functions }: Stack) {
  const received: (readonly string[])[] = []
  const answered: string[] = []
  for (const one of Object.values(functions)) {
    const invoke = one.invoke.bind(one)
    one.invoke = async (event) => {
      received.push((event as HttpApiEvent).cookies ?? [])
      const result = await invoke(event)
      const { cookies = [] } = result.payload as { readonly cookies?: readonly string[] }
      answered.push(...cookies.map((cookie) => cookie.slice(0, cookie.indexOf("="))))
      return result
    }
  }
  return { received, answered }
}

/** The names of those cookies of a request that have this value. */
function namesFor(value = "", cookies: readonly string[] = []): string[] {
  return cookies.filter((one) => one.endsWith(`=${value}`)).map((one) => one.slice(0, -value.length - 1))
}

type Answer = BrowserTokenResponse | ErrorResponse

/** Does something that makes the page ask for new tokens, and returns the API's answer. */
async function refreshBy(tab: Page, act: () => Promise<unknown>): Promise<Answer> {
  const answer = tab.waitForResponse(
    (response) => response.url().endsWith("/token") && response.request().method() === "POST",
  )
  const [response] = await Promise.all([answer, act()])
  return (await response.json()) as Answer
}

import type { Cookie, Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import type { BrowserTokenResponse, ErrorResponse } from "../../lib/contract.ts"
import { makeCertificate } from "../../local/certificate.ts"
import type { HttpApiEvent } from "../../local/http-api/event.ts"
import { closeServer, createWebServer, listenOnLoopback, withHostName } from "../../local/loopback.ts"
import type { Stack } from "../../local/stack.ts"
import { isLeftOut } from "../support/browser.ts"
import { choose, closeAfterTest, isSignedIn, isSignedOut, leaveForLogin, openApp, signIn } from "./app.ts"

const deliveries = ["cookie", "partitioned"] as const

const victim = "anna@example.com"

/** Names that the sibling site puts after white space: half are of our pattern, half only begin like it. */
const loginNames = Array.from(
  { length: 40 },
  (_, n) => `__Host-so-login-${n % 2 ? `evil${n}` : n.toString(16).padStart(8, "0")}`,
)

describe.skipIf(isLeftOut)("cookies of a sibling site whose names look like ours", () => {
  it.each(deliveries)("do not change who is signed in: %s (C68)", async (delivery) => {
    const { app, evil, received, answered } = await prepareAttack(delivery)
    // The victim signs in first, because Chromium sends cookies of the same path in the order of their creation.
    await signIn(app)
    const [own] = await sessionCookies(app.tab)
    await app.tab.goto(evil.url)

    // The next request has the victim's cookie and the look-alikes, and no cookie of our name from the sibling.
    const first = await refreshBy(app.tab, () => app.tab.goto(app.page.url))
    expect(namesFor(own?.value, received.at(-1))).toEqual([evil.cookieName])
    expect(new Set(namesFor(evil.session, received.at(-1)))).toEqual(evil.sent)

    // That refresh, one by the page's button and one after a reload return the victim's claims.
    expect(first).toMatchObject({ claims: { email: victim } })
    await isSignedIn(app.tab, victim)
    const button = app.tab.getByRole("button", { name: "Refresh now" })
    expect(await refreshBy(app.tab, () => button.click())).toMatchObject({ claims: { email: victim } })
    expect(await refreshBy(app.tab, () => app.tab.reload())).toMatchObject({ claims: { email: victim } })
    await isSignedIn(app.tab, victim)

    // The browser has one session cookie of ours, and no answer repeated a name that the sibling made up.
    expect(await sessionCookies(app.tab)).toHaveLength(1)
    expect(answered.filter(isMadeUp)).toEqual([])
  })

  it.each(deliveries)("do not sign in a browser that has no session: %s (C68)", async (delivery) => {
    const { app, evil, received, answered } = await prepareAttack(delivery)
    await app.tab.goto(evil.url)

    // The look-alikes arrive, and the answer is that there is no session.
    const first = await refreshBy(app.tab, () => app.tab.goto(app.page.url))
    expect(new Set(namesFor(evil.session, received.at(-1)))).toEqual(evil.sent)
    expect(first).toMatchObject({ code: "session_expired" })
    await isSignedOut(app.tab)

    // A sign-in works beside them. The session is the victim's, before and after another visit to the sibling.
    await signIn(app)
    expect(await refreshBy(app.tab, () => app.tab.reload())).toMatchObject({ claims: { email: victim } })
    await app.tab.goto(evil.url)
    const last = await refreshBy(app.tab, () => app.tab.goto(app.page.url))
    expect(last).toMatchObject({ claims: { email: victim } })
    await isSignedIn(app.tab, victim)

    // start-login limits the number of login cookies. It did not clear any by a name that the sibling made up.
    expect(answered.filter(isMadeUp)).toEqual([])
  })
})

/** The attacker's site. */
interface EvilSite {
  readonly url: string
  /** Name of our session cookie. */
  readonly cookieName: string
  /** The attacker's own sealed session, which is the value of every look-alike of that cookie. */
  readonly session: string
  /** The names of those look-alikes that Chromium keeps and sends to the API. Ours is not among them. */
  readonly sent: ReadonlySet<string>
}

/** Starts page, API and the attacker's site below one domain. The attacker signs in, and that site sets the session. */
async function prepareAttack(delivery: (typeof deliveries)[number]) {
  const hostNames = { page: "app.example.com", api: "api.example.com" }
  const app = await openApp({ delivery, scheme: "https", hostNames })
  const attacker = await app.newBrowser()
  await attacker.goto(app.page.url)
  await leaveForLogin(attacker)
  await choose(attacker, "Cust12020/tony")
  await isSignedIn(attacker, "tony@example.com")
  const [cookie] = await sessionCookies(attacker)
  if (!cookie) throw new Error("the attacker has no session")
  return { app, evil: await startEvilSite(cookie), ...record(app.stack) }
}

async function startEvilSite({ name, value, partitionKey }: Cookie): Promise<EvilSite> {
  const sent = [
    // String.prototype.trim removes each of these.
    ...["\u2000", "\u00a0", "\ufeff", "\u3000"].map((space) => space + name),
    `\u2000${name}\u2000`,
    `"${name}"`,
  ]
  // Chromium removes ASCII space, then refuses a cookie with a Domain whose name begins with the prefix in any case.
  const refused = [
    ` ${name}`,
    `${name} `,
    `\t${name}\t`,
    `${name}\u2000`,
    name,
    name.toLowerCase(),
    name.toUpperCase(),
    // A cookie without a name would be sent as its value. Chromium refuses one that has "=" in it.
    `=${name}`,
    `=\u2000${name}`,
  ]
  const [first = ""] = sent
  const everywhere = "Domain=example.com; Path=/; Secure; SameSite=None"
  const lines = [
    ...[...sent, ...refused].map((lookAlike) => `${lookAlike}=${value}; ${everywhere}`),
    // Chromium sends a longer path first, and keeps a partitioned cookie beside one that is not.
    `${first}=${value}; Domain=example.com; Path=/refresh-token; Secure; SameSite=None`,
    ...(partitionKey === undefined ? [] : [`${first}=${value}; ${everywhere}; Partitioned`]),
    ...loginNames.map((login) => `\u2000${login}=x; ${everywhere}`),
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

/** False for a name that the functions can have chosen themselves. */
function isMadeUp(name: string): boolean {
  const isOfOurPattern = /^__Host-so-(session|login)-[0-9a-f]{8}(-[0-9a-f]{8})?$/.test(name)
  return !isOfOurPattern || loginNames.includes(name)
}

async function sessionCookies(tab: Page): Promise<Cookie[]> {
  const cookies = await tab.context().cookies()
  return cookies.filter(({ name }) => name.startsWith("__Host-so-session-"))
}

type Answer = BrowserTokenResponse | ErrorResponse

/** Does something that makes the page ask for new tokens, and returns the API's answer. */
async function refreshBy(tab: Page, act: () => Promise<unknown>): Promise<Answer> {
  const answer = tab.waitForResponse(
    (response) => response.url().endsWith("/refresh-token") && response.request().method() === "POST",
  )
  const [response] = await Promise.all([answer, act()])
  return (await response.json()) as Answer
}

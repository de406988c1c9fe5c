import type { Cookie, Page } from "playwright-core"
import type { ExampleName } from "../../local/page/assets.ts"
import { paths } from "../../local/provider/paths.ts"
import { freePort } from "../../local/loopback.ts"
import { listenForAnswer } from "../../operator/consent/callback.ts"
import { newBrowser } from "./app.ts"
import { noSession } from "./complaints.ts"
import type { Site } from "./site.ts"
import { choose, isSignedIn, isSignedOut, leaveForLogin, press, signIn } from "./user.ts"

/** A page that is ours, in one of its states. Pages that differ in a sentence are one state. */
export interface State {
  readonly name: string
  /** Left out with the React example. */
  readonly needsReact?: boolean
  /** Brings the tab there. */
  open(tab: Page, site: Site): Promise<unknown>
  /** What the console shows then: answers that are errors on purpose. */
  readonly complaints?: readonly string[]
}

export async function openSignedOut(tab: Page, url: string): Promise<void> {
  await tab.goto(url)
  await isSignedOut(tab)
}

/** The cookies of a session at each page, because a sign-in takes longer than the inspection of a page. */
const sessions = new Map<string, Cookie[]>()

async function openSignedIn(tab: Page, url: string): Promise<void> {
  const cookies = sessions.get(url) ?? (await signInElsewhere(url))
  sessions.set(url, cookies)
  await tab.context().addCookies(cookies)
  await tab.goto(url)
  await isSignedIn(tab)
}

async function signInElsewhere(url: string): Promise<Cookie[]> {
  const tab = await newBrowser()
  await openSignedOut(tab, url)
  await signIn(tab)
  return await tab.context().cookies()
}

/** What both examples can show. */
function statesOf(example: ExampleName): readonly State[] {
  const needsReact = example === "react"
  const title = needsReact ? "the React example" : "the example page"
  const state = (
    name: string,
    open: (tab: Page, url: string) => Promise<unknown>,
    ...complaints: string[]
  ): State => ({
    name: title + name,
    needsReact,
    open: (tab, site) => open(tab, site[example]),
    complaints,
  })
  return [
    state(" without JavaScript", async (tab, url) => {
      // axe needs JavaScript, so this browser is given what others make of the document without it.
      await tab.route(`${url}/`, async (route) => {
        const response = await route.fetch()
        const html = (await response.text()).replaceAll(/<script.*<\/script>|<\/?noscript>/g, "")
        await route.fulfill({ response, body: html })
      })
      await tab.goto(url)
      await tab.getByText("This page needs JavaScript").waitFor()
    }),
    state(" while it looks for a session", async (tab, url) => {
      await tab.route("**/token", () => undefined)
      await tab.goto(url)
      await tab.getByRole("status").waitFor()
    }),
    state(", signed out", openSignedOut, noSession),
    state(
      " while a button works",
      async (tab, url) => {
        await openSignedOut(tab, url)
        await tab.route("**/start-login", () => undefined)
        await press(tab, "Sign in with SuperOffice")
        await tab.locator("button[aria-disabled=true]").waitFor()
      },
      noSession,
    ),
    state(
      " at /callback while it redeems the code",
      async (tab, url) => {
        await openSignedOut(tab, url)
        await tab.route("**/token", () => undefined)
        const redeems = tab.waitForRequest("**/token")
        await leaveForLogin(tab)
        await choose(tab)
        await redeems
      },
      noSession,
    ),
    state(
      " after a sign-in that was cancelled",
      async (tab, url) => {
        await openSignedOut(tab, url)
        const leaves = tab.waitForRequest((request) => request.url().includes(paths.authorize))
        await leaveForLogin(tab)
        const state = new URL((await leaves).url()).searchParams.get("state") ?? ""
        await tab.goto(`${url}/callback?error=access_denied&state=${state}`)
        await tab.getByText("sign_in_cancelled").waitFor()
      },
      noSession,
      noSession,
    ),
    state(", signed in", openSignedIn),
    state(
      ", signed in and offline, with a button to try again",
      async (tab, url) => {
        await openSignedIn(tab, url)
        await tab.context().setOffline(true)
        await press(tab, "Refresh now")
        await tab.getByRole("button", { name: "Try again" }).waitFor()
      },
      "/token: net::ERR_INTERNET_DISCONNECTED",
    ),
    state(
      " after a sign-out, with a link to sign out at SuperOffice, too",
      async (tab, url) => {
        await openSignedOut(tab, url)
        await signIn(tab)
        await press(tab, "Sign out")
        await tab.getByRole("link", { name: "Sign out at SuperOffice, too" }).waitFor()
      },
      noSession,
    ),
  ]
}

const refusal = `${paths.authorize}: 400 (Bad Request)`

/** The provider's answer to an address. */
function answerTo(addressOf: (site: Site) => string, name: string, ...complaints: readonly string[]): State {
  return { name, open: (tab, site) => tab.goto(addressOf(site)), complaints }
}

/** Shows the page with which `npm run consent` answers the browser. */
async function openConsent(tab: Page, query: string): Promise<void> {
  const redirectUri = `http://127.0.0.1:${await freePort()}/callback`
  const server = await listenForAnswer(redirectUri, "state")
  await tab.goto(`${redirectUri}?${query}`)
  await server.close()
}

export const states: readonly State[] = [
  ...statesOf("page"),
  ...statesOf("react"),
  {
    name: "the example page with the name of a tenant that cannot be one",
    open: async (tab, site) => {
      await openSignedOut(tab, site.page)
      await tab.getByLabel("Tenant").fill("no tenant")
      await press(tab, "Sign in with SuperOffice")
      await tab.locator("input:user-invalid").waitFor()
    },
    complaints: [noSession],
  },
  {
    name: "the example page after it called SuperOffice",
    open: async (tab, site) => {
      await openSignedIn(tab, site.page)
      await press(tab, "Call SuperOffice")
      await tab.getByText("SuperOffice knows you as anna@example.com.").waitFor()
    },
  },
  {
    name: "the example page after its own API refused a call without a token",
    open: async (tab, site) => {
      await openSignedIn(tab, site.page)
      await press(tab, "Without a token")
      await tab.getByText("The API answered 401.").waitFor()
    },
    complaints: ["/me: 401 (Unauthorized)"],
  },
  {
    name: "the viewer of the API with the answer to an example",
    open: async (tab, site) => {
      await tab.goto(`${site.page}/docs`)
      const example = tab.locator("details[data-operation=signedHealth]")
      await example.locator("summary").click()
      await example.locator("button[data-part=send][aria-disabled=false]").click()
      await example.getByText("200 OK", { exact: false }).first().waitFor()
    },
  },
  answerTo((site) => site.authorization, "the login page with the users of two tenants"),
  answerTo(
    (site) => `${site.authorization}&acr_values=tenant:Cust26759&login_hint=tony@example.com`,
    "the login page with the users of one tenant, and one of them chosen",
  ),
  answerTo(
    (site) => `${site.authorization}&acr_values=tenant:${"Cust".repeat(25)}`,
    "the provider's answer about a tenant without users, whose name is long",
    `${paths.signIn}/…: 404 (Not Found)`,
  ),
  answerTo(
    (site) => `${site.provider}${paths.authorize}?client_id=unknown`,
    "the provider's answer to an unknown client",
    refusal,
  ),
  answerTo((site) => site.provider + paths.logout, "the provider's page after a sign-out"),
  {
    name: "the provider's page that posts its answer to the application",
    open: async (tab, site) => {
      await tab.addInitScript("HTMLFormElement.prototype.submit = () => {}")
      await tab.goto(`${site.authorization}&response_mode=form_post&prompt=none`)
    },
    complaints: [refusal],
  },
  {
    name: "the page of consent after the sign-in",
    open: (tab) => openConsent(tab, "state=state&code=code"),
  },
  {
    name: "the page of consent for an answer to another sign-in",
    open: (tab) => openConsent(tab, "state=other&code=code"),
    complaints: ["/callback: 400 (Bad Request)"],
  },
]

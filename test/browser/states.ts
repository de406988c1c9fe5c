import type { Page } from "playwright-core"
import type { ExampleName } from "../../local/page/assets.ts"
import { paths } from "../../local/provider/paths.ts"
import { freePort } from "../../local/loopback.ts"
import { listenForAnswer } from "../../operator/consent/callback.ts"
import { openSignedIn, openSignedOut, press, signIn, type Site } from "./site.ts"

/** A page that is ours, in one of its states. */
export interface State {
  readonly name: string
  /** Brings the tab there. */
  open(tab: Page, site: Site): Promise<unknown>
  /** What the console shows then: answers that are errors on purpose. */
  readonly complaints?: readonly string[]
}

/** What the API answers when a page looks for a session and there is none. */
export const noSession = "/refresh-token: 400 (Bad Request)"

/** What both examples can show. */
function statesOf(example: ExampleName): readonly State[] {
  const title = example === "react" ? "the React example" : "the example page"
  return [
    {
      name: `${title} without JavaScript`,
      open: async (tab, site) => {
        // axe needs JavaScript, so this browser is given what others make of the document without it.
        await tab.route(`${site[example]}/`, async (route) => {
          const response = await route.fetch()
          const html = (await response.text()).replaceAll(/<script.*<\/script>|<\/?noscript>/g, "")
          await route.fulfill({ response, body: html })
        })
        await tab.goto(site[example])
        await tab.getByText("This page needs JavaScript").waitFor()
      },
    },
    {
      name: `${title} while it looks for a session`,
      open: async (tab, site) => {
        await tab.route("**/refresh-token", () => undefined)
        await tab.goto(site[example])
        await tab.getByRole("status").waitFor()
      },
    },
    {
      name: `${title}, signed out`,
      open: (tab, site) => openSignedOut(tab, site[example]),
      complaints: [noSession],
    },
    {
      name: `${title} while a button works`,
      open: async (tab, site) => {
        await openSignedOut(tab, site[example])
        await tab.route("**/start-login", () => undefined)
        await press(tab, "Sign in with SuperOffice")
        await tab.locator("button[aria-disabled=true]").waitFor()
      },
      complaints: [noSession],
    },
    {
      name: `${title} at /callback while it redeems the code`,
      open: async (tab, site) => {
        await openSignedOut(tab, site[example])
        await tab.route("**/exchange-code", () => undefined)
        const redeems = tab.waitForRequest("**/exchange-code")
        await signIn(tab)
        await redeems
      },
      complaints: [noSession],
    },
    {
      name: `${title} after a sign-in that was cancelled`,
      open: async (tab, site) => {
        await openSignedOut(tab, site[example])
        const leaves = tab.waitForRequest((request) => request.url().includes(paths.authorize))
        await press(tab, "Sign in with SuperOffice")
        const state = new URL((await leaves).url()).searchParams.get("state") ?? ""
        await tab.getByText("anna@example.com").waitFor()
        await tab.goto(`${site[example]}/callback?error=access_denied&state=${state}`)
        await tab.getByText("sign_in_cancelled").waitFor()
      },
      complaints: [noSession, noSession],
    },
    {
      name: `${title}, signed in`,
      open: (tab, site) => openSignedIn(tab, site[example]),
      complaints: [noSession],
    },
    {
      name: `${title}, signed in and offline, with a button to try again`,
      open: async (tab, site) => {
        await openSignedIn(tab, site[example])
        await tab.context().setOffline(true)
        await press(tab, "Refresh now")
        await tab.getByRole("button", { name: "Try again" }).waitFor()
      },
      complaints: [noSession, "/refresh-token: net::ERR_INTERNET_DISCONNECTED"],
    },
    {
      name: `${title} after a sign-out, with a link to sign out at SuperOffice, too`,
      open: async (tab, site) => {
        await openSignedIn(tab, site[example])
        await press(tab, "Sign out")
        await tab.getByRole("link", { name: "Sign out at SuperOffice, too" }).waitFor()
      },
      complaints: [noSession],
    },
  ]
}

export const statesOfPage: readonly State[] = [
  ...statesOf("page"),
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
    complaints: [noSession],
  },
  {
    name: "the example page in a browser that keeps no cookie of the API",
    open: async (tab, site) => {
      await openSignedOut(tab, site.page)
      await tab.route("**/start-login", async (route) => {
        await tab.context().clearCookies()
        await route.continue()
      })
      await press(tab, "Sign in with SuperOffice")
      await tab.getByText("cookies_blocked").waitFor()
    },
    complaints: [noSession],
  },
  {
    name: "the example page without a notice, on a site from which the API accepts nothing",
    open: async (tab, site) => {
      await tab.goto(site.elsewhere)
      await tab.getByText("request_invalid").waitFor()
    },
    complaints: [noSession],
  },
]

export const statesOfViewer: readonly State[] = [
  {
    name: "the viewer of the API with all examples closed",
    open: (tab, site) => tab.goto(`${site.page}/docs`),
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
]

export const statesOfReact = statesOf("react")

const refusal = `${paths.authorize}: 400 (Bad Request)`

export const statesOfProvider: readonly State[] = [
  {
    name: "the login page with the users of two tenants",
    open: (tab, site) => tab.goto(site.authorization),
  },
  {
    name: "the login page with the users of one tenant, and one of them chosen",
    open: (tab, site) =>
      tab.goto(`${site.authorization}&acr_values=tenant:Cust26759&login_hint=tony@example.com`),
  },
  {
    name: "the provider's answer about a tenant without users, whose name is long",
    open: (tab, site) => tab.goto(`${site.authorization}&acr_values=tenant:${"Cust".repeat(25)}`),
    complaints: [`${paths.signIn}/…: 404 (Not Found)`],
  },
  {
    name: "the provider's answer to an unknown client",
    open: (tab, site) => tab.goto(`${site.provider}${paths.authorize}?client_id=unknown`),
    complaints: [refusal],
  },
  {
    name: "the provider's answer to a redirect URI that is not registered",
    open: (tab, site) => tab.goto(site.authorization.replace("%2Fcallback", "%2Felsewhere")),
    complaints: [refusal],
  },
  {
    name: "the provider's answer about a sign-in that has ended",
    open: (tab, site) => tab.goto(`${site.provider}${paths.signIn}/ended`),
    complaints: [`${paths.signIn}/ended: 400 (Bad Request)`],
  },
  {
    name: "the provider's answer where it has no page",
    open: (tab, site) => tab.goto(site.provider),
    complaints: ["/: 404 (Not Found)"],
  },
  {
    name: "the provider's page after a sign-out",
    open: (tab, site) => tab.goto(site.provider + paths.logout),
  },
  {
    name: "the provider's page that posts its answer to the application",
    open: async (tab, site) => {
      await tab.addInitScript("HTMLFormElement.prototype.submit = () => {}")
      await tab.goto(`${site.authorization}&response_mode=form_post&prompt=none`)
    },
    complaints: [refusal],
  },
]

/** Shows the page with which `npm run consent` answers the browser. */
async function openConsent(tab: Page, query: string): Promise<void> {
  const redirectUri = `http://127.0.0.1:${await freePort()}/callback`
  const server = await listenForAnswer(redirectUri, "state")
  await tab.goto(`${redirectUri}?${query}`)
  await server.close()
}

export const statesOfConsent: readonly State[] = [
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

import { expect, test } from "vitest"
import { signInWithoutBrowser } from "../../../local/sign-in.ts"
import { authorizationUrl, provider, redirectUri } from "./application.ts"

test("a sign-in through the pages yields a code and the state, and nothing else", async () => {
  const callback = await signInWithoutBrowser(authorizationUrl({ state: "a state" }), "Cust12020/tony")
  expect(callback.origin + callback.pathname).toBe(redirectUri)
  expect(Object.fromEntries(callback.searchParams)).toEqual({
    code: expect.stringMatching(/^[A-Za-z0-9]{64}$/) as string,
    state: "a state",
  })
})

test("a tenant in acr_values leaves only its users to choose from, and login_hint chooses one", async () => {
  const url = authorizationUrl({ acr_values: "tenant:Cust26759", login_hint: "tony@example.com" })
  await expect(signInWithoutBrowser(url, "Cust12020/tony")).rejects.toThrow("Cust26759/tony, Cust26759/liv")
  expect(await loginPageAt(url)).toContain('value="Cust26759/tony" required checked')
})

test("the pages follow the browser's colour scheme, and the browser asks for no icon, which is not there", async () => {
  const html = await loginPageAt(authorizationUrl({}))
  expect(html).toContain('<meta name="color-scheme" content="light dark">')
  expect(html).toContain("@media (prefers-color-scheme: dark)")
  expect(html).toContain('<link rel="icon" href="data:,">')
})

test("an unregistered redirect URI ends on an error page, not at the redirect URI", async () => {
  const url = authorizationUrl({ redirect_uri: "https://elsewhere.example.com/" })
  await expect(signInWithoutBrowser(url, "Cust12020/tony")).rejects.toThrow("expected a redirect")
  const response = await fetch(url, { headers: { accept: "text/html" } })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain("Technical error")
})

test.each([
  ["Revoked", 1],
  ["Expired", 3],
  ["NeedsReapproval", 5],
] as const)(
  "a user of a tenant whose consent is %s gets a page that says so by number, and the application nothing",
  async (error, number) => {
    provider.consentErrors.set("Cust26759", error)
    const url = authorizationUrl({})
    await expect(signInWithoutBrowser(url, "Cust26759/liv")).rejects.toThrow("expected a redirect")
    await expect(signInWithoutBrowser(url, "Cust12020/tony")).resolves.toBeInstanceOf(URL)

    const start = await fetch(url, { redirect: "manual" })
    const cookie = start.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ")
    const login = new URL(start.headers.get("location") ?? "", url)
    const body = new URLSearchParams({ user: "Cust26759/liv" })
    const page = await fetch(login, { method: "POST", headers: { cookie }, body, redirect: "manual" })
    expect(page.status).toBe(403)
    expect(await page.text()).toContain(`Authorization error: ${error} (${number})`)
  },
)

test("a sign-in that has ended is answered with a page that says what to do", async () => {
  const response = await fetch(`${provider.url}/login/sign-in/ended`)
  expect(response.status).toBe(400)
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8")
  expect(await response.text()).toContain("This sign-in has ended. Begin another one in your application.")
})

test("where there is nothing, browsers get a page, and programs get Koa's text", async () => {
  const browsers = await fetch(provider.url, { headers: { accept: "text/html,*/*;q=0.8" } })
  expect(browsers.status).toBe(404)
  expect(await browsers.text()).toContain("<h1>Not found</h1>")
  const programs = await fetch(provider.url)
  expect(programs.status).toBe(404)
  expect(await programs.text()).toBe("Not Found")
})

test("the page of response_mode=form_post posts to the redirect URI what a redirect would carry", async () => {
  const url = authorizationUrl({ response_mode: "form_post", prompt: "none", state: "a state" })
  const html = await (await fetch(url)).text()
  expect(html).toContain(`<form method="post" action="${redirectUri}">`)
  expect(
    [...html.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, ...field]) => field),
  ).toEqual([
    ["error", "login_required"],
    ["error_description", "End-User authentication is required"],
    ["state", "a state"],
  ])
})

async function loginPageAt(url: URL): Promise<string> {
  const start = await fetch(url, { redirect: "manual" })
  const cookie = start.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ")
  const page = await fetch(new URL(start.headers.get("location") ?? "", url), { headers: { cookie } })
  return page.text()
}

import { expect, test } from "vitest"
import { signInWithoutBrowser } from "../../../local/sign-in.ts"
import { authorizationUrl, provider, redirectUri, shareProvider } from "./application.ts"

shareProvider()

test("a sign-in through the local provider's pages yields a code and the state, and nothing else", async () => {
  const callback = await signInWithoutBrowser(authorizationUrl({ state: "a state" }), "Cust12020/tony")
  expect(callback.origin + callback.pathname).toBe(redirectUri)
  expect(Object.fromEntries(callback.searchParams)).toEqual({
    code: expect.stringMatching(/^[A-Za-z0-9]{64}$/) as string,
    state: "a state",
  })
})

test("a tenant in acr_values leaves only its users to choose from at the local provider, and login_hint chooses one", async () => {
  const url = authorizationUrl({ acr_values: "tenant:Cust26759", login_hint: "tony@example.com" })
  await expect(signInWithoutBrowser(url, "Cust12020/tony")).rejects.toThrow("Cust26759/tony, Cust26759/liv")
  expect(await (await loginPageAt(url)).text()).toContain('value="Cust26759/tony" required checked')
})

test("an unregistered redirect URI ends on an error page of the local provider, not at the redirect URI", async () => {
  const url = authorizationUrl({ redirect_uri: "https://elsewhere.example.com/" })
  await expect(signInWithoutBrowser(url, "Cust12020/tony")).rejects.toThrow("expected a redirect")
  const response = await fetch(url, { headers: { accept: "text/html" } })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain("Technical error")
})

test.each([
  ["Revoked", 1],
  ["NeedsReapproval", 5],
] as const)(
  "a user of a tenant whose consent is %s gets a page that says so by number, and the application nothing",
  async (error, number) => {
    provider.consentErrors.set("Cust26759", error)
    const url = authorizationUrl({})
    await expect(signInWithoutBrowser(url, "Cust26759/liv")).rejects.toThrow("expected a redirect")
    await signInWithoutBrowser(url, "Cust12020/tony")
    const body = new URLSearchParams({ user: "Cust26759/liv" })
    const page = await loginPageAt(url, { method: "POST", body, redirect: "manual" })
    expect(page.status).toBe(403)
    expect(await page.text()).toContain(`Authorization error: ${error} (${number})`)
  },
)

test("a sign-in that has ended is answered by the local provider with a page that says what to do", async () => {
  const response = await fetch(`${provider.url}/login/sign-in/ended`)
  expect(response.status).toBe(400)
  expect(await response.text()).toContain("This sign-in has ended. Begin another one in your application.")
})

test("the local provider's page for response_mode=form_post posts to the redirect URI what a redirect would carry", async () => {
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

async function loginPageAt(url: URL, init: RequestInit = {}): Promise<Response> {
  const start = await fetch(url, { redirect: "manual" })
  const cookies = start.headers.getSetCookie().map((line) => line.split(";")[0])
  const login = new URL(start.headers.get("location") ?? "", url)
  return await fetch(login, { ...init, headers: { cookie: cookies.join("; ") } })
}

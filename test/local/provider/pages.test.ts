import { expect, test } from "vitest"
import { signInWithoutBrowser } from "../../../local/sign-in.ts"
import { authorizationUrl, redirectUri } from "./application.ts"

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

async function loginPageAt(url: URL): Promise<string> {
  const start = await fetch(url, { redirect: "manual" })
  const cookie = start.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ")
  const page = await fetch(new URL(start.headers.get("location") ?? "", url), { headers: { cookie } })
  return page.text()
}

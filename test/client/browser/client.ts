import { createClient, type ClientOptions } from "../../../client/browser.ts"
import { answerWith, tokens } from "./answers.ts"
import { api, browser } from "./fake-browser.ts"

export const redirectUri = "https://app.example.com/callback"
export const cookie: ClientOptions = { api, redirectUri }
export const sealed: ClientOptions = {
  api,
  redirectUri,
  delivery: "sealed",
  clientId: "db1834037c58c02b6bd9898feef19845",
  authorizationEndpoint: "https://sod.superoffice.com/login/common/oauth/authorize",
}

/** Signs in and comes back; the first token is in memory. */
export async function signedIn(options = cookie, first = tokens()) {
  const client = createClient(options)
  browser.answers["start-login"] = [answerWith({ authorization_url: "https://sod.example/a", state: "s1" })]
  await client.signIn()
  const state = new URL(browser.visited[0] ?? "").searchParams.get("state") ?? "s1"
  browser.goTo(`${redirectUri}?code=c1&state=${state}`)
  browser.answers["exchange-code"] = [answerWith(first)]
  await client.handleCallback()
  browser.posts.length = 0
  return client
}

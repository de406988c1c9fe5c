import { createClient, type Client, type ClientOptions } from "../../../client/browser.ts"
import { answerWith, tokens, type Answer } from "./answers.ts"
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

/** The answers to a sign-in that begins, and to a sign-out. */
export const started = answerWith({ authorization_url: "https://sod.example/a", state: "s1" })
export const revoked = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" }
export const done = answerWith(revoked)

/** Leaves the tab at the authorization response to a sign-in that it began. */
export function arrive(
  query = "code=c1&state=s1",
  answer: Answer = answerWith(tokens()),
  state = "s1",
): void {
  browser.storage.set(`${api} login`, JSON.stringify({ state }))
  browser.goTo(`${redirectUri}?${query}`)
  browser.answers.authorization_code = [answer]
}

/** Finishes a sign-in of this tab. */
export async function comeBack(client: Client, first = tokens()): Promise<void> {
  arrive(undefined, answerWith(first))
  await client.handleCallback()
}

/** A client with its first token in memory. */
export async function signedIn(options = cookie, first = tokens()): Promise<Client> {
  const client = createClient(options)
  await comeBack(client, first)
  browser.posts.length = 0
  return client
}

/** Refreshes, and expects that this succeeds. */
export async function refreshed(client: Client, answer: Answer): Promise<string> {
  browser.answers.refresh_token = [answer]
  return await client.getAccessToken({ refresh: true })
}

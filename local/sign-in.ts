/**
 * Signs a sample user in without a browser: follows the provider's redirects, keeps cookies and submits the form.
 *
 * Returns the URL that the browser would be sent to, with `code` and `state`; it is never requested. Throws when the
 * provider refuses, or when a page is not the one expected.
 *
 * @param user id of a sample user, e.g. `Cust12020/tony`
 */
export async function signInWithoutBrowser(authorizationUrl: URL, user: string): Promise<URL> {
  const callback = authorizationUrl.searchParams.get("redirect_uri")
  if (callback === null) throw new Error("the authorization URL must have a redirect_uri")
  const browser = new CookieBrowser()

  const start = await browser.get(authorizationUrl)
  const loginUrl = redirectTarget(start, authorizationUrl)
  if (isCallback(loginUrl, callback)) return withCode(loginUrl)

  const login = await browser.get(loginUrl)
  const page = await login.text()
  if (login.status !== 200 || !page.includes('<form method="post">')) {
    throw new Error(`expected the login page at ${loginUrl.pathname}, got status ${login.status}`)
  }
  const offered = [...page.matchAll(/name="user" value="([^"]+)"/g)].map((match) => match[1])
  if (!offered.includes(user)) {
    throw new Error(`the login page does not offer ${user}, but ${offered.join(", ")}`)
  }

  const chosen = await browser.post(loginUrl, new URLSearchParams({ user }))
  const resumeUrl = redirectTarget(chosen, loginUrl)
  const end = redirectTarget(await browser.get(resumeUrl), resumeUrl)
  if (!isCallback(end, callback))
    throw new Error(`expected the redirect URI, got ${end.origin}${end.pathname}`)
  return withCode(end)
}

/** Keeps every cookie and sends it everywhere: enough for one sign-in at one provider. */
class CookieBrowser {
  readonly #cookies = new Map<string, string>()

  get(url: URL): Promise<Response> {
    return this.#request(url, {})
  }

  post(url: URL, form: URLSearchParams): Promise<Response> {
    return this.#request(url, { method: "POST", body: form })
  }

  async #request(url: URL, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ")
    const response = await fetch(url, { ...init, headers: { cookie }, redirect: "manual" })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value)
    }
    return response
  }
}

function redirectTarget(response: Response, from: URL): URL {
  const location = response.headers.get("location")
  if (location === null)
    throw new Error(`expected a redirect from ${from.pathname}, got status ${response.status}`)
  return new URL(location, from)
}

function isCallback(url: URL, callback: string): boolean {
  const { origin, pathname } = new URL(callback)
  return url.origin === origin && url.pathname === pathname
}

function withCode(url: URL): URL {
  if (url.searchParams.has("code")) return url
  const error = url.searchParams.get("error") ?? "no code"
  throw new Error(
    `the provider refused: ${error} (${url.searchParams.get("error_description") ?? "no description"})`,
  )
}

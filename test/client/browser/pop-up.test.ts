import { beforeEach, describe, expect, it, vi } from "vitest"
import { createClient } from "../../../client/browser.ts"
import { answerWith, failWith, tokens } from "./answers.ts"
import { cookie, redirectUri } from "./client.ts"
import { browser, names } from "./fake-browser.ts"

const origin = "https://app.example.com"
const started = answerWith({ authorization_url: "https://sod.example/a", state: "s1" })

/** The page's side of a pop-up. Real pop-ups are tested in test/browser. */
interface FakePopUp {
  closed: boolean
  readonly location: { href: string }
  close(): void
}

let popUp: FakePopUp
let page: EventTarget

beforeEach(() => {
  page = new EventTarget()
  popUp = {
    closed: false,
    location: { href: "" },
    close: () => {
      popUp.closed = true
    },
  }
  vi.stubGlobal("open", () => popUp)
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page))
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page))
  vi.stubGlobal("document", { hasFocus: () => true })
  Object.assign(location, { origin })
  browser.answers["start-login"] = [started]
})

function send(data: unknown, from: { readonly origin?: string; readonly source?: unknown } = {}): void {
  page.dispatchEvent(Object.assign(new Event("message"), { origin, source: popUp, ...from, data }))
}

/** What this page's helper sends in the pop-up. */
function handedOver(query = "code=c1&state=s1"): unknown {
  let sent: unknown
  const opener = { postMessage: (data: unknown) => (sent = data) }
  vi.stubGlobal("opener", opener)
  const before = location.href
  browser.goTo(`${redirectUri}?${query}`)
  createClient(cookie)
    .handleCallback()
    .catch(() => undefined)
  browser.goTo(before)
  vi.stubGlobal("opener", null)
  return sent
}

async function signInByPopUp() {
  const client = createClient(cookie)
  const signedIn = client.signIn({ popUp: true })
  signedIn.catch(() => undefined)
  await vi.waitFor(() => {
    expect(popUp.location.href).toBe("https://sod.example/a")
  })
  return { client, signedIn }
}

describe("signing in through a pop-up", () => {
  it("redeems the code that the pop-up hands over, closes it and stays on the page", async () => {
    const data = handedOver()
    const { client, signedIn } = await signInByPopUp()
    browser.answers["exchange-code"] = [answerWith(tokens())]
    send(data)
    await signedIn
    expect(client.session()?.claims.ctx).toBe("Cust12020")
    expect(popUp.closed).toBe(true)
    expect(browser.visited).toEqual([])
    expect(names()).toEqual(["start-login", "exchange-code"])
  })

  it.each([
    ["of another origin", { origin: "https://evil.example" }, undefined],
    ["from another window", { source: {} }, undefined],
    ["for another sign-in", {}, "code=c1&state=s2"],
  ])("ignores a message %s", async (_which, from, query) => {
    const data = handedOver(query)
    const { signedIn } = await signInByPopUp()
    send(data, from)
    send("hello")
    send(undefined)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(popUp.closed).toBe(false)
    expect(names()).toEqual(["start-login"])
    popUp.close()
    await expect(signedIn).rejects.toMatchObject({ code: "pop_up_closed" })
  })

  it("says so when the browser opens none, before anything is asked", async () => {
    vi.stubGlobal("open", () => null)
    const signedIn = createClient(cookie).signIn({ popUp: true })
    await expect(signedIn).rejects.toMatchObject({ code: "pop_up_blocked", retryable: false })
    expect(names()).toEqual([])
  })

  it("opens the window before it waits for anything, as browsers demand of a click", () => {
    const open = vi.fn(() => popUp)
    vi.stubGlobal("open", open)
    createClient(cookie)
      .signIn({ popUp: true })
      .catch(() => undefined)
    expect(open).toHaveBeenCalledOnce()
  })

  it.each([
    ["the user closed it", true, "pop_up_closed"],
    ["a login page cut it off, and it has the focus", false, "pop_up_cut_off"],
  ])("ends when the pop-up says that it is closed: %s", async (_why, hasFocus, code) => {
    vi.stubGlobal("document", { hasFocus: () => hasFocus })
    const { signedIn } = await signInByPopUp()
    popUp.closed = true
    await expect(signedIn).rejects.toMatchObject({ code })
  })

  it("closes the pop-up when the functions refuse to begin, and when the caller's signal aborts", async () => {
    browser.answers["start-login"] = [failWith("configuration_invalid", {}, 500), started]
    const refused = createClient(cookie).signIn({ popUp: true })
    await expect(refused).rejects.toMatchObject({ code: "configuration_invalid" })
    expect(popUp.closed).toBe(true)

    popUp.closed = false
    const controller = new AbortController()
    const aborted = createClient(cookie).signIn({ popUp: true, signal: controller.signal })
    aborted.catch(() => undefined)
    await vi.waitFor(() => {
      expect(popUp.location.href).toBe("https://sod.example/a")
    })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: "cancelled" })
    expect(popUp.closed).toBe(true)
  })

  it("says so when the user cancels at the login page", async () => {
    const data = handedOver("error=access_denied&state=s1")
    const { signedIn } = await signInByPopUp()
    send(data)
    await expect(signedIn).rejects.toMatchObject({ code: "sign_in_cancelled" })
  })
})

describe("a window with an opener", () => {
  it("redeems its own sign-in as a page, whoever opened it", async () => {
    const postMessage = vi.fn()
    vi.stubGlobal("opener", { postMessage })
    const client = createClient(cookie)
    await client.signIn()
    browser.goTo(`${redirectUri}?code=c1&state=s1`)
    browser.answers["exchange-code"] = [answerWith(tokens())]
    expect(await client.handleCallback()).toBe(true)
    expect(postMessage).not.toHaveBeenCalled()
  })

  it("goes on as a page when its opener does not take the response within three seconds", async () => {
    vi.useFakeTimers()
    const postMessage = vi.fn()
    vi.stubGlobal("opener", { postMessage })
    browser.goTo(`${redirectUri}?code=c1&state=s1`)
    const callback = expect(createClient(cookie).handleCallback()).rejects.toMatchObject({
      code: "state_mismatch",
    })
    await vi.advanceTimersByTimeAsync(3_000)
    await callback
    expect(postMessage).toHaveBeenCalledExactlyOnceWith(expect.anything(), origin)
    expect(names()).toEqual([])
  })
})

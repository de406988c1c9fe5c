import { beforeEach, describe, expect, it, vi } from "vitest"
import { createClient, type SignInOptions } from "../../../client/browser.ts"
import { answerWith, failWith, tokens } from "./answers.ts"
import { arrive, cookie, redirectUri, started } from "./client.ts"
import { browser, names } from "./fake-browser.ts"

const origin = "https://app.example.com"

/** The page's side of a pop-up. Real pop-ups are tested in test/browser. */
let popUp: { closed: boolean; readonly location: { href: string }; close(): void }
let page: EventTarget
const open = vi.fn<() => typeof popUp | null>()

beforeEach(() => {
  vi.useFakeTimers()
  page = new EventTarget()
  popUp = { closed: false, location: { href: "" }, close: () => void (popUp.closed = true) }
  vi.stubGlobal("open", open.mockReset().mockReturnValue(popUp))
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page))
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page))
  vi.stubGlobal("document", { hasFocus: () => true })
  Object.assign(location, { origin })
  browser.answers["start-login"] = [started]
})

/** Lets all timers of a sign-in run out. */
const later = () => vi.advanceTimersByTimeAsync(2_000)

/** Begins a sign-in, up to the login page in the pop-up. */
async function begin(options: SignInOptions = {}) {
  const client = createClient(cookie)
  const signedIn = client.signIn({ popUp: true, ...options })
  signedIn.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(10)
  return { client, signedIn }
}

function send(data: unknown, from: { readonly origin?: string; readonly source?: unknown } = {}): void {
  page.dispatchEvent(Object.assign(new Event("message"), { origin, source: popUp, ...from, data }))
}

/** What a pop-up hands over that came back from the login page. */
const handedOver = { superoffice: { code: "c1", state: "s1" } }

describe("signing in through a pop-up", () => {
  it("redeems the code that the pop-up hands over, closes it and stays on the page", async () => {
    const { client, signedIn } = await begin()
    expect(popUp.location.href).toBe("https://sod.example/a")
    browser.answers.authorization_code = [answerWith(tokens())]
    send(handedOver)
    await later()
    await signedIn
    expect(client.session()?.claims.ctx).toBe("Cust12020")
    expect(popUp.closed).toBe(true)
    expect(browser.visited).toEqual([])
    expect(names()).toEqual(["start-login", "authorization_code"])
  })

  it.each<[string, unknown, Parameters<typeof send>[1]?]>([
    ["of another origin", handedOver, { origin: "https://evil.example" }],
    ["from another window", handedOver, { source: {} }],
    ["for another sign-in", { superoffice: { code: "c1", state: "s2" } }],
    ["of another kind", "hello"],
    ["without anything", undefined],
  ])("ignores a message %s", async (_which, data, from) => {
    const { signedIn } = await begin()
    send(data, from)
    await later()
    expect(popUp.closed).toBe(false)
    expect(names()).toEqual(["start-login"])
    popUp.close()
    await later()
    await expect(signedIn).rejects.toMatchObject({ code: "pop_up_closed" })
  })

  it("opens the window at once, as browsers demand of a click, and asks nothing when there is none", async () => {
    open.mockReturnValue(null)
    const begun = begin()
    expect(open).toHaveBeenCalledOnce()
    const { signedIn } = await begun
    await expect(signedIn).rejects.toMatchObject({ code: "pop_up_blocked", retryable: false })
    expect(names()).toEqual([])
  })

  it.each([
    ["the user closed it", true, "pop_up_closed"],
    ["a login page cut it off, and it has the focus", false, "pop_up_cut_off"],
  ])("ends when the pop-up says that it is closed: %s", async (_why, hasFocus, code) => {
    vi.stubGlobal("document", { hasFocus: () => hasFocus })
    const { signedIn } = await begin()
    popUp.closed = true
    await later()
    await expect(signedIn).rejects.toMatchObject({ code })
  })

  it("closes the pop-up when the functions refuse to begin, and when the caller's signal aborts", async () => {
    browser.answers["start-login"] = [failWith("configuration_invalid", {}, 500), started]
    const refused = await begin()
    await expect(refused.signedIn).rejects.toMatchObject({ code: "configuration_invalid" })
    expect(popUp.closed).toBe(true)

    popUp.closed = false
    const controller = new AbortController()
    const aborted = await begin({ signal: controller.signal })
    expect(popUp.closed).toBe(false)
    controller.abort()
    await expect(aborted.signedIn).rejects.toMatchObject({ code: "cancelled" })
    expect(popUp.closed).toBe(true)
  })
})

describe("a window with an opener", () => {
  const postMessage = vi.fn()
  beforeEach(() => {
    vi.stubGlobal("opener", { postMessage: postMessage.mockReset() })
  })

  it("redeems its own sign-in as a page, whoever opened it", async () => {
    arrive()
    expect(await createClient(cookie).handleCallback()).toBe(true)
    expect(postMessage).not.toHaveBeenCalled()
  })

  it("hands the response over, and goes on as a page when its opener does not take it within three seconds", async () => {
    browser.goTo(`${redirectUri}?code=c1&state=s1`)
    const callback = createClient(cookie).handleCallback()
    const refused = expect(callback).rejects.toMatchObject({ code: "state_mismatch" })
    await vi.advanceTimersByTimeAsync(3_000)
    await refused
    expect(postMessage).toHaveBeenCalledExactlyOnceWith(handedOver, origin)
    expect(names()).toEqual([])
  })
})

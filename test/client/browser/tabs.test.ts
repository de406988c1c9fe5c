import { beforeEach, describe, expect, it, vi } from "vitest"
import { createClient, type Client, type ClientOptions } from "../../../client/browser.ts"
import { answerWith, failWith, tokensOf, type Answer } from "./answers.ts"
import { comeBack, cookie, done, sealed } from "./client.ts"
import { api, browser, names } from "./fake-browser.ts"

/** One browser's locks and channels, as several tabs see them. Chromium's own are tested in test/browser. */
function stubTabs() {
  const held = new Map<string, Promise<unknown>>()
  const request = (name: string, { signal }: LockOptions, work: () => Promise<unknown>) => {
    const before = held.get(name)
    const aborted = new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => {
        reject(new DOMException("The request was aborted.", "AbortError"))
      })
    })
    const mine = Promise.race([before, aborted]).then(work)
    held.set(name, Promise.allSettled([before, mine]))
    return mine
  }
  const channels: { readonly name: string; readonly onmessage?: (event: object) => void }[] = []
  function Channel(name: string) {
    const postMessage = (data: unknown) => {
      for (const other of channels.filter((one) => one !== channel && one.name === name)) {
        setTimeout(() => other.onmessage?.({ data: structuredClone(data) }))
      }
    }
    const channel = { name, postMessage }
    channels.push(channel)
    return channel
  }
  vi.stubGlobal("navigator", { locks: { request } })
  vi.stubGlobal("BroadcastChannel", Channel)
  return { hold: (name: string) => void request(name, {}, () => new Promise(() => undefined)) }
}

const anna = tokensOf("anna@example.com")
const tony = tokensOf("tony@example.com")
const liv = tokensOf("liv@example.com", "Cust26759")
const again = (n: number) => answerWith(tokensOf("anna@example.com", "Cust12020", `8A:Cust12020.${n}`))
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const slowly = (answer: Answer) => async () => {
  await sleep(20)
  return await answer()
}

let tabs: ReturnType<typeof stubTabs>
beforeEach(() => {
  tabs = stubTabs()
})

/** A tab with the session of this user. All tabs of these tests share a storage, so they have one tenant at a time. */
async function tabOf(answer = anna, options: ClientOptions = cookie) {
  const onSessionEnd = vi.fn()
  const client = createClient({ ...options, onSessionEnd })
  await comeBack(client, answer)
  await sleep(5)
  browser.posts.length = 0
  return { client, onSessionEnd, refresh: () => client.getAccessToken({ refresh: true }) }
}

/** Two tabs with the same session. */
async function twoTabs(answer = anna, options: ClientOptions = cookie) {
  return [await tabOf(answer, options), await tabOf(answer, options)] as const
}

function signOut({ client }: { client: Client }, answer = done) {
  browser.answers["revoke-token"] = [answer]
  return client.signOut()
}

function denied(): never {
  throw new DOMException("denied", "SecurityError")
}

describe("several tabs with one session", () => {
  it("post one refresh when all of them need a token, and all get its answer (C78)", async () => {
    const four = [...(await twoTabs()), ...(await twoTabs())]
    browser.answers.refresh_token = [slowly(again(1)), again(2)]
    expect(new Set(await Promise.all(four.map(({ refresh }) => refresh())))).toEqual(
      new Set(["8A:Cust12020.1"]),
    )
    expect(names()).toEqual(["refresh_token"])
    for (const { client } of four) expect(client.session()?.access_token).toBe("8A:Cust12020.1")
  })

  it("post one refresh when all of them were reloaded, and know no user (C78)", async () => {
    await tabOf()
    const reloaded = [createClient(cookie), createClient(cookie), createClient(cookie)]
    browser.answers.refresh_token = [slowly(again(1))]
    await Promise.all(reloaded.map((client) => client.getAccessToken()))
    expect(names()).toEqual(["refresh_token"])
  })

  it.each([
    ["was there before they asked", () => sleep(5)],
    // The message is on its way, and the other tab asks a second later, by the clock.
    ["reaches a tab when it wakes up", () => void vi.setSystemTime(Date.now() + 1000)],
  ])("do not take an answer that %s, and post again (C78)", async (_when, pass) => {
    const [a, b] = await twoTabs()
    browser.answers.refresh_token = [again(1), again(2)]
    await a.refresh()
    await pass()
    expect(await b.refresh()).toBe("8A:Cust12020.2")
  })

  it("each ask for themselves when the first one's request failed", async () => {
    const [a, b] = await twoTabs()
    browser.answers.refresh_token = [slowly(failWith("upstream_unavailable", {}, 503)), again(2)]
    const [first, second] = [a.refresh(), b.refresh()]
    await expect(first).rejects.toMatchObject({ code: "upstream_unavailable" })
    expect(await second).toBe("8A:Cust12020.2")
  })

  it("go on after five seconds when another one keeps the lock", async () => {
    const { refresh } = await tabOf()
    tabs.hold(`superoffice ${api} cust12020`)
    browser.answers.refresh_token = [again(1)]
    vi.useFakeTimers()
    const refreshed = refresh()
    await vi.advanceTimersByTimeAsync(4_900)
    expect(names()).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(await refreshed).toBe("8A:Cust12020.1")
  })

  it.each([
    ["has no locks", "navigator", {}],
    ["denies locks to a frame", "navigator", { locks: { request: () => Promise.resolve().then(denied) } }],
    ["denies channels to a frame", "BroadcastChannel", denied],
  ])("each ask for themselves in a browser that %s", async (_what, name, value) => {
    vi.stubGlobal(name, value)
    browser.answers.refresh_token = [again(1), again(2)]
    const [a, b] = await twoTabs()
    await Promise.all([a.refresh(), b.refresh()])
    expect(names()).toEqual(["refresh_token", "refresh_token"])
  })

  it("do not take the answer of a tab that named no tenant, while they wait for one of their own (C78)", async () => {
    const afterNewTab: Answer = async () => {
      expect(await newTab).toBe(liv.access_token)
      await sleep(5)
      return await failWith("upstream_unavailable", {}, 503)()
    }
    browser.answers.refresh_token = [slowly(answerWith(liv)), afterNewTab, again(1)]
    const newTab = createClient(cookie).getAccessToken()
    await sleep(5)
    browser.storage.set(`${api} tenant`, "Cust12020")
    const [first, second] = [createClient(cookie).getAccessToken(), createClient(cookie).getAccessToken()]
    await expect(first).rejects.toMatchObject({ code: "upstream_unavailable" })
    expect(await second).toBe("8A:Cust12020.1")
  })

  it("refresh one after the other when they are of two users, and none takes the other's token (C78)", async () => {
    const [a, b] = [await tabOf(anna), await tabOf(tony)]
    browser.answers.refresh_token = [slowly(answerWith(anna)), answerWith(tony)]
    expect(await Promise.all([a.refresh(), b.refresh()])).toEqual([anna.access_token, tony.access_token])
  })

  describe("with API tokens", () => {
    const withApiToken: ClientOptions = { ...cookie, include: ["api_token"] }
    const signedIn = { ...anna, expires_at: 3600, api_token: "api-0", api_token_expires_at: 600 }
    const nextApiToken = (api_token: string | null) => answerWith({ ...signedIn, api_token })

    it("post one refresh when all of them need an API token, and all get its answer (C78)", async () => {
      const [a, b] = await twoTabs(signedIn, withApiToken)
      vi.setSystemTime(Date.now() + 600_000)
      browser.answers.refresh_token = [slowly(nextApiToken("api-1"))]
      expect(await Promise.all([a.client.getApiToken(), b.client.getApiToken()])).toEqual(["api-1", "api-1"])
      expect(names()).toEqual(["refresh_token"])
    })

    it("do not take an answer of a tab that does not include one, and post for themselves (C78)", async () => {
      const [a, b] = [await tabOf(anna), await tabOf(signedIn, withApiToken)]
      browser.answers.refresh_token = [slowly(again(1)), nextApiToken("api-1")]
      const first = a.refresh()
      expect(await b.client.getApiToken({ refresh: true })).toBe("api-1")
      expect(await first).toBe("8A:Cust12020.1")
      expect(browser.posts.map(({ body }) => (body as { include?: unknown }).include)).toEqual([
        undefined,
        ["api_token"],
      ])
    })

    it("take an answer that says that the user cannot have one (C78)", async () => {
      const [a, b] = await twoTabs(signedIn, withApiToken)
      browser.answers.refresh_token = [slowly(nextApiToken(null))]
      const first = a.refresh()
      await expect(b.client.getApiToken({ refresh: true })).rejects.toMatchObject({
        code: "api_token_missing",
      })
      await first
      expect(names()).toEqual(["refresh_token"])
    })
  })

  it("have nothing to do with each other in delivery sealed", async () => {
    const [a, b] = await twoTabs({ ...anna, refresh_token: "sealed-1" }, sealed)
    browser.answers.refresh_token = [slowly(again(1)), again(2)]
    await Promise.all([a.refresh(), b.refresh()])
    expect(names()).toEqual(["refresh_token", "refresh_token"])
    await signOut(a)
    await sleep(5)
    expect(b.onSessionEnd).not.toHaveBeenCalled()
    expect(b.client.session()).toBeDefined()
  })
})

describe("a session that ends in another tab", () => {
  it("is forgotten, and the page hears it, when that tab signs out", async () => {
    const [a, b] = await twoTabs()
    await signOut(a)
    await expect.poll(() => b.onSessionEnd.mock.calls).toHaveLength(1)
    expect(b.client.session()).toBeUndefined()
    expect(a.onSessionEnd).not.toHaveBeenCalled()
  })

  it("ends with a refresh of this tab first, when both happen at once", async () => {
    const [a, b] = await twoTabs()
    browser.answers.refresh_token = [slowly(again(1))]
    const refreshed = b.refresh()
    await signOut(a)
    await refreshed
    expect(names()).toEqual(["refresh_token", "revoke-token"])
    await expect.poll(() => b.client.session()).toBeUndefined()
  })

  it("is heard when another user signs in to the tenant there", async () => {
    const a = await tabOf()
    await tabOf(tony)
    expect(a.onSessionEnd).toHaveBeenCalledOnce()
    expect(a.client.session()).toBeUndefined()
  })

  it("is not one of another tenant", async () => {
    const a = await tabOf()
    await signOut(await tabOf(liv))
    await sleep(5)
    expect(a.onSessionEnd).not.toHaveBeenCalled()
    expect(a.client.session()).toBeDefined()
  })

  it("is not one of this tenant when a tab without a tenant gets the session of another", async () => {
    const a = await tabOf()
    browser.storage.clear()
    browser.answers.refresh_token = [answerWith(liv)]
    await createClient(cookie).getAccessToken()
    await sleep(5)
    expect(a.onSessionEnd).not.toHaveBeenCalled()
    expect(a.client.session()).toBeDefined()
  })

  it("is one of every tenant when the other tab has none, because that ends every session of the origin", async () => {
    const a = await tabOf()
    browser.storage.clear()
    await signOut({ client: createClient(cookie) })
    await expect.poll(() => a.onSessionEnd.mock.calls).toHaveLength(1)
  })

  it("stays where the other tab's sign-out failed", async () => {
    const [a, b] = await twoTabs()
    const down = failWith("upstream_unavailable", { retryable: true }, 503)
    await expect(signOut(a, down)).rejects.toMatchObject({ retryable: true })
    await sleep(5)
    expect(b.onSessionEnd).not.toHaveBeenCalled()
  })
})

import { beforeEach, describe, expect, it, vi } from "vitest"
import { createClient, type Client, type ClientOptions } from "../../../client/browser.ts"
import { answerWith, failWith, tokensOf, type Answer } from "./answers.ts"
import { comeBack, cookie, done, sealed } from "./client.ts"
import { api, browser, names } from "./fake-browser.ts"

/** One browser's locks and channels, as several tabs see them. Chromium's own are tested in test/browser. */
function stubTabs() {
  const held = new Map<string, Promise<unknown>>()
  const request = async (name: string, { signal }: LockOptions, work: () => Promise<unknown>) => {
    const before = held.get(name) ?? Promise.resolve()
    let release: (value?: unknown) => void = () => undefined
    held.set(
      name,
      before.then(() => new Promise((resolve) => (release = resolve))),
    )
    await Promise.race([
      before,
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => {
          reject(new DOMException("The request was aborted.", "AbortError"))
        })
      }),
    ])
    try {
      return await work()
    } finally {
      release()
    }
  }
  const channels = new Set<FakeChannel>()
  class FakeChannel {
    onmessage: ((event: { data: unknown }) => void) | undefined
    readonly name: string
    constructor(name: string) {
      this.name = name
      channels.add(this)
    }
    postMessage(data: unknown) {
      for (const channel of channels) {
        if (channel === this || channel.name !== this.name) continue
        setTimeout(() => channel.onmessage?.({ data: structuredClone(data) }))
      }
    }
  }
  vi.stubGlobal("navigator", { locks: { request } })
  vi.stubGlobal("BroadcastChannel", FakeChannel)
  return { hold: (name: string) => void request(name, {}, () => new Promise(() => undefined)) }
}

const anna = tokensOf("anna@example.com")
const tony = tokensOf("tony@example.com")
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
  return { client, onSessionEnd }
}

/** Two tabs that refresh at the same time, and what they get. */
async function refreshBoth(tabs: readonly { readonly client: Client }[]): Promise<readonly string[]> {
  return await Promise.all(tabs.map(({ client }) => client.getAccessToken({ refresh: true })))
}

describe("several tabs with one session", () => {
  it("post one refresh when all of them need a token, and all get its answer (C78)", async () => {
    const four = [await tabOf(), await tabOf(), await tabOf(), await tabOf()]
    browser.answers["refresh-token"] = [slowly(again(1)), again(2)]
    expect(new Set(await refreshBoth(four))).toEqual(new Set(["8A:Cust12020.1"]))
    expect(names()).toEqual(["refresh-token"])
    for (const { client } of four) expect(client.session()?.access_token).toBe("8A:Cust12020.1")
  })

  it("post one refresh when all of them were reloaded, and know no user (C78)", async () => {
    await tabOf()
    const reloaded = [createClient(cookie), createClient(cookie), createClient(cookie)]
    browser.answers["refresh-token"] = [slowly(again(1))]
    await Promise.all(reloaded.map((client) => client.getAccessToken()))
    expect(names()).toEqual(["refresh-token"])
  })

  it("post again when the answer was there before they asked (C78)", async () => {
    const [a, b] = [await tabOf(), await tabOf()]
    browser.answers["refresh-token"] = [again(1), again(2)]
    await a.client.getAccessToken({ refresh: true })
    await sleep(5)
    expect(await b.client.getAccessToken({ refresh: true })).toBe("8A:Cust12020.2")
  })

  it("do not take an old answer that reaches a tab when it wakes up (C78)", async () => {
    const [a, b] = [await tabOf(), await tabOf()]
    browser.answers["refresh-token"] = [again(1), again(2)]
    await a.client.getAccessToken({ refresh: true })
    // The message of a is on its way. B asks a second later, by the clock.
    vi.setSystemTime(Date.now() + 1000)
    expect(await b.client.getAccessToken({ refresh: true })).toBe("8A:Cust12020.2")
  })

  it("each ask for themselves when the first one's request failed", async () => {
    const [a, b] = [await tabOf(), await tabOf()]
    browser.answers["refresh-token"] = [slowly(failWith("upstream_unavailable", {}, 503)), again(2)]
    const first = a.client.getAccessToken({ refresh: true })
    const second = b.client.getAccessToken({ refresh: true })
    await expect(first).rejects.toMatchObject({ code: "upstream_unavailable" })
    expect(await second).toBe("8A:Cust12020.2")
  })

  it("go on after five seconds when another one keeps the lock", async () => {
    const { client } = await tabOf()
    tabs.hold(`superoffice ${api} cust12020`)
    browser.answers["refresh-token"] = [again(1)]
    vi.useFakeTimers()
    const refreshed = client.getAccessToken({ refresh: true })
    await vi.advanceTimersByTimeAsync(4_900)
    expect(names()).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(await refreshed).toBe("8A:Cust12020.1")
  })

  function denied(): never {
    throw new DOMException("denied", "SecurityError")
  }
  it.each([
    ["has no locks", "navigator", {}],
    ["denies locks to a frame", "navigator", { locks: { request: () => Promise.resolve().then(denied) } }],
    ["denies channels to a frame", "BroadcastChannel", denied],
  ])("each ask for themselves in a browser that %s", async (_what, name, value) => {
    vi.stubGlobal(name, value)
    browser.answers["refresh-token"] = [again(1), again(2)]
    await refreshBoth([await tabOf(), await tabOf()])
    expect(names()).toEqual(["refresh-token", "refresh-token"])
  })

  it("refresh one after the other when they are of two users, and none takes the other's token (C78)", async () => {
    const both = [await tabOf(anna), await tabOf(tony)]
    browser.answers["refresh-token"] = [slowly(answerWith(anna)), answerWith(tony)]
    expect(await refreshBoth(both)).toEqual([anna.access_token, tony.access_token])
  })

  it("have nothing to do with each other in delivery sealed", async () => {
    const sealedAnna = { ...anna, refresh_token: "sealed-1" }
    const [a, b] = [await tabOf(sealedAnna, sealed), await tabOf(sealedAnna, sealed)]
    browser.answers["refresh-token"] = [slowly(again(1)), again(2)]
    await refreshBoth([a, b])
    expect(names()).toEqual(["refresh-token", "refresh-token"])
    browser.answers["revoke-token"] = [done]
    await a.client.signOut()
    await sleep(5)
    expect(b.onSessionEnd).not.toHaveBeenCalled()
    expect(b.client.session()).toBeDefined()
  })
})

describe("a session that ends in another tab", () => {
  it("is forgotten, and the page hears it, when that tab signs out", async () => {
    const [a, b] = [await tabOf(), await tabOf()]
    browser.answers["revoke-token"] = [done]
    await a.client.signOut()
    await vi.waitFor(() => {
      expect(b.onSessionEnd).toHaveBeenCalledOnce()
    })
    expect(b.client.session()).toBeUndefined()
    expect(a.onSessionEnd).not.toHaveBeenCalled()
  })

  it("ends with a refresh of this tab first, when both happen at once", async () => {
    const [a, b] = [await tabOf(), await tabOf()]
    browser.answers["refresh-token"] = [slowly(again(1))]
    browser.answers["revoke-token"] = [done]
    const refreshed = b.client.getAccessToken({ refresh: true })
    await a.client.signOut()
    await refreshed
    expect(names()).toEqual(["refresh-token", "revoke-token"])
    await vi.waitFor(() => {
      expect(b.client.session()).toBeUndefined()
    })
  })

  it("is heard when another user signs in to the tenant there", async () => {
    const a = await tabOf()
    await tabOf(tony)
    expect(a.onSessionEnd).toHaveBeenCalledOnce()
    expect(a.client.session()).toBeUndefined()
  })

  it("is not one of another tenant", async () => {
    const a = await tabOf()
    const b = await tabOf(tokensOf("liv@example.com", "Cust26759"))
    browser.answers["revoke-token"] = [done]
    await b.client.signOut()
    await sleep(5)
    expect(a.onSessionEnd).not.toHaveBeenCalled()
    expect(a.client.session()).toBeDefined()
  })

  it("is one of every tenant when the other tab has none, because that ends every session of the origin", async () => {
    const a = await tabOf()
    browser.storage.clear()
    browser.answers["revoke-token"] = [done]
    await createClient(cookie).signOut()
    await vi.waitFor(() => {
      expect(a.onSessionEnd).toHaveBeenCalledOnce()
    })
  })

  it("stays where the other tab's sign-out failed", async () => {
    const [a, b] = [await tabOf(), await tabOf()]
    browser.answers["revoke-token"] = [failWith("upstream_unavailable", { retryable: true }, 503)]
    await expect(a.client.signOut()).rejects.toMatchObject({ retryable: true })
    await sleep(5)
    expect(b.onSessionEnd).not.toHaveBeenCalled()
  })
})

import { afterEach, beforeEach, expect, vi } from "vitest"
import type { Answer } from "./answers.ts"

export const api = "https://login.example.com"

export const start = new Date("2026-11-23T10:00:00Z")

/** The browser's globals, and the next answers of the functions: by the grant of `token`, or by the function's name. */
interface FakeBrowser {
  readonly posts: { readonly name: string; readonly body: unknown; readonly init: RequestInit }[]
  readonly answers: Record<string, Answer[]>
  readonly storage: Map<string, string>
  readonly visited: string[]
  goTo(address: string): void
}

/** A new one for every test. */
export let browser: FakeBrowser

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ["Date"] })
  browser = createBrowser()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function createBrowser(): FakeBrowser {
  const storage = new Map<string, string>()
  const location = { href: "https://app.example.com/", assign: (url: string) => visited.push(url) }
  const [posts, answers, visited]: [FakeBrowser["posts"], FakeBrowser["answers"], string[]] = [[], {}, []]
  vi.stubGlobal("location", location)
  vi.stubGlobal("opener", null)
  vi.stubGlobal("history", {
    state: { kept: true },
    replaceState: (state: unknown, _unused: string, url: URL) => {
      expect(state).toEqual({ kept: true })
      location.href = url.href
    },
  })
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
  })
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const { grant_type: grant, ...body } = JSON.parse(init.body as string) as Record<string, string>
    const name = url === `${api}/token` ? String(grant) : url.slice(url.lastIndexOf("/") + 1)
    const answer = answers[name]?.shift()
    expect(answer, `a request to ${name} that was not expected`).toBeDefined()
    posts.push({ name, body, init })
    return Promise.resolve(answer?.())
  })
  return { posts, answers, storage, visited, goTo: (address) => void (location.href = address) }
}

export const names = () => browser.posts.map(({ name }) => name)
export const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

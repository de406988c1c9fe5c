import { now, scriptStartedAt } from "./clock.ts"
import type { Outcome } from "./outcome.ts"

/** One way for a page to come to its tokens. */
export interface Way {
  /** Leaves for the login page. */
  readonly signIn: () => Promise<void> | void
  /** On the page that the user returned to. */
  readonly finish: () => Promise<Tokens>
  /** After a reload. */
  readonly renew: () => Promise<Tokens>
}

export interface Tokens {
  readonly accessToken: string
  readonly tenant: unknown
}

declare global {
  /** Of the benchmark. */
  var report: (outcome: Outcome) => Promise<void>
  var signIn: () => void
}

/** Where the page keeps what it waits for: when a sign-in began, or that one succeeded. */
const key = "bench"

/** Offers `signIn()` on a page that has not signed in, and otherwise measures the wait for the access token. */
export async function measure({ signIn, finish, renew }: Way): Promise<void> {
  const begun = sessionStorage.getItem(key)
  if (begun === null) {
    globalThis.signIn = () => {
      const startedAt = now()
      sessionStorage.setItem(key, String(startedAt))
      Promise.resolve(signIn()).catch((error: unknown) => tell({ startedAt, error: String(error) }))
    }
    return
  }
  const isSignedIn = begun === "signed in"
  const startedAt = isSignedIn ? scriptStartedAt : Number(begun)
  try {
    const tokens = await (isSignedIn ? renew() : finish())
    const endedAt = now()
    // Before the benchmark hears of it, because it reloads the page then.
    sessionStorage.setItem(key, "signed in")
    await tell({ startedAt, endedAt, ...tokens })
  } catch (error) {
    await tell({ startedAt, error: String(error) })
  }
}

/** Tells the benchmark, and what the page has in web storage. */
async function tell(outcome: Omit<Outcome, "stored">): Promise<void> {
  const stored = [sessionStorage, localStorage].flatMap((storage) =>
    Object.entries(storage)
      .filter(([name]) => name !== key)
      .map(([, value]) => String(value)),
  )
  await report({ ...outcome, stored })
}

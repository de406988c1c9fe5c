import { useSyncExternalStore } from "react"
import {
  TokenExchangeError,
  type CallOptions,
  type Session,
  type SignInOptions,
} from "superoffice-token-exchange/browser"
import { isPanel, sessionEnd, superOffice } from "./superOffice.ts"

/** What came of the latest action. */
interface Outcome {
  readonly error?: TokenExchangeError
  /** Where the session ended, if it did. */
  readonly endedIn?: "this tab" | "another tab"
  /** Where the user signs out at SuperOffice, too. */
  readonly endSessionUrl?: string | undefined
}

interface SessionState extends Outcome {
  /** `waiting` until it is known whether there is a session. */
  readonly state: "waiting" | "signed-out" | "signed-in"
  /** Defined in state `signed-in` only. */
  readonly session: Session | undefined
}

/**
 * The session of this tab, and what the user can do with it. All components share it. The actions show an error as `error`
 * instead of throwing it.
 *
 * @example
 * const { state, session, error, signIn, signOut } = useSession()
 */
export function useSession() {
  return { ...useSyncExternalStore(subscribe, () => current), signIn, signOut, getAccessToken }
}

let current: SessionState = { state: "waiting", session: undefined }
let entry: Promise<void> | undefined
const listeners = new Set<() => void>()

sessionEnd.addEventListener("end", () => {
  show({ endedIn: "another tab" })
})

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // Once for each load of the page, however many components subscribe, and although StrictMode subscribes each one twice.
  entry ??= enter()
  return () => listeners.delete(listener)
}

/** Finishes a sign-in if there is one, then looks for a session. */
async function enter(): Promise<void> {
  const callback = await superOffice.handleCallback().then(() => ({}), failure)
  // Even if the sign-in failed, an older session may still exist.
  const found: Outcome = await superOffice.getAccessToken().then(() => ({}), failure)
  // Do not show `session_expired` on load: it also means that the user has not signed in yet.
  const isNews = found.error?.code !== "session_expired"
  show({ ...(isNews && found), ...callback })
}

/** Call it in a click, because browsers open a pop-up in a click only. */
async function signIn(options?: SignInOptions): Promise<void> {
  await run(() => superOffice.signIn({ popUp: isPanel, ...options }))
}

async function signOut(): Promise<void> {
  await run(
    () => superOffice.signOut(),
    (answer) => ({ endedIn: "this tab", endSessionUrl: answer?.end_session_url }),
  )
}

/** Call it before each request to SuperOffice. Resolves to undefined if there is no token, and then `error` says why. */
function getAccessToken(options?: CallOptions & { refresh?: boolean }): Promise<string | undefined> {
  return run(() => superOffice.getAccessToken(options))
}

async function run<Answer>(
  action: () => Promise<Answer>,
  outcomeOf?: (answer: Answer) => Outcome,
): Promise<Answer | undefined> {
  publish({ state: current.state, session: current.session })
  try {
    const answer = await action()
    show(outcomeOf?.(answer))
    return answer
  } catch (error) {
    show(failure(error))
    return undefined
  }
}

function failure(error: unknown): Outcome {
  if (!(error instanceof TokenExchangeError)) throw error
  return { error, endSessionUrl: error.endSessionUrl }
}

function show(outcome?: Outcome): void {
  const session = superOffice.session()
  publish({ state: session ? "signed-in" : "signed-out", session, ...outcome })
}

function publish(next: SessionState): void {
  current = next
  for (const listener of listeners) listener()
}

import type { Session } from "./client.ts"
import { abortAfter, sleep } from "./timers.ts"

/** What one tab tells the others of the same origin. It goes to no storage. */
export interface TabMessage {
  /** The tenant that the tab named in its request, in lower case. Empty if it named none. */
  readonly tenant: string
  /** The answer to that request. Undefined after a sign-out. */
  readonly session: Session | undefined
  /** When the answer arrived, in milliseconds. A tab that was frozen receives old messages when it wakes up. */
  readonly at: number
}

/**
 * Connects the tabs of one origin that use the same functions. Where the browser has no channel or no locks, or denies them
 * to a frame, each tab stays alone. Returns two functions.
 *
 * - `tell` tells the other tabs the answer to a request that named this tenant, or that its session has ended.
 * - `inTurn` runs `work` when no other tab runs any for this tenant, and after at most five seconds.
 */
export function connectTabs(api: string, hear: (event: MessageEvent<TabMessage>) => void) {
  const name = `superoffice ${api}`
  let channel: BroadcastChannel | undefined

  /** Not before the first request, because a channel keeps the process of a server-side renderer alive. */
  function connect(): void {
    try {
      channel ??= new BroadcastChannel(name)
      channel.onmessage = hear
    } catch {
      // No channel.
    }
  }

  function tell(tenant: string, session?: Session): void {
    connect()
    channel?.postMessage({ tenant, session, at: Date.now() } satisfies TabMessage)
  }

  function inTurn<Answer>(tenant: string, work: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve) => {
      let answer: Promise<Answer> | undefined
      const run = (): Promise<void> => {
        answer ??= work()
        resolve(answer)
        // The answer must reach the tabs that wait before the lock does.
        const release = () => sleep(50)
        return answer.then(release, release)
      }
      connect()
      try {
        // Without the lock, go on. The functions bear requests at the same time.
        navigator.locks.request(`${name} ${tenant}`, { signal: abortAfter(5e3) }, run).catch(run)
      } catch {
        void run()
      }
    })
  }

  return [tell, inTurn] as const
}

import { credentialsToOpen } from "../credentials/credentials.ts"
import type { ClientCredentials } from "../ports.ts"
import type { BrowserCaller } from "../request/caller.ts"
import type { RequestContext } from "../request/context.ts"
import { openSession, type Session } from "../session/session.ts"
import type { SealedSession } from "./grant.ts"

/** The sessions of a page that open, and the credentials that opened them. */
export interface OpenedSessions {
  readonly sessions: readonly OpenedSession[]
  readonly credentials: ClientCredentials
}

export interface OpenedSession {
  readonly session: Session
  /** The name of its cookie. Undefined in delivery `sealed`. */
  readonly cookie: string | undefined
}

/** Opens a page's sealed sessions. Leaves out those that do not open, and clears the cookies whose key is no longer in use. */
export async function openSessions(
  sealed: readonly SealedSession[],
  { origin }: BrowserCaller,
  known: ClientCredentials,
  context: RequestContext,
): Promise<OpenedSessions> {
  const { config, cookies, ports } = context
  const values = sealed.map(({ value }) => value)
  const { credentials, sealingKeyOf } = await credentialsToOpen(values, known, context)
  const sessions: OpenedSession[] = []
  for (const { value, cookie } of sealed) {
    const session = await openSession(value, ports.now(), { config, credentials, origin })
    if (session !== undefined) sessions.push({ session, cookie })
    else if (cookie !== undefined && sealingKeyOf(value) === "retired") cookies.clearIfRoom(cookie)
  }
  return { sessions, credentials }
}

import { bodyOf, browserEvent, signedEvent } from "../../support/events.ts"
import { systemUser } from "../../support/system-user.ts"
import type { Deployment, Reply } from "./deployment.ts"

/** What a function is asked to do, which decides what a fault does to it. */
export type Work = "code" | "refresh" | "revocation" | "system user"

/** One function called through one door. */
export interface FaultCaller {
  readonly name: string
  readonly work: Work
  readonly isPage: boolean
  readonly functionName: string
  readonly event: object
}

const everyWork = ["code", "refresh", "revocation", "system user"] as const

/** Gives every function that speaks to SuperOffice through every door, for some kinds of work, each time with fresh codes. */
export type MakeCallers = (...works: readonly Work[]) => Promise<readonly FaultCaller[]>

/** Signs in the page and the caller whose sessions all callers share: neither a refresh nor a fault ends them. */
export async function prepareCallers(deployment: Deployment): Promise<MakeCallers> {
  const [session, sessionToRevoke] = [await signInAsPage(deployment), await signInAsPage(deployment)]
  const [refresh_token, token] = [await signInDirectly(deployment), await signInDirectly(deployment)]
  const refresh = { grant_type: "refresh_token", refresh_token }
  const onPage = (fields: object, cookie: string) => ({
    ...browserEvent(fields, { headers: { "x-csrf": "1" } }),
    cookies: [cookie],
  })
  const asForm = (fields: object) => ({
    body: new URLSearchParams(fields as Record<string, string>).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  })
  return async (...works) => {
    const wanted: readonly Work[] = works.length === 0 ? everyWork : works
    const codes = await Promise.all(wanted.includes("code") ? Array.from({ length: 6 }, deployment.code) : [])
    const tokenRequests = codes.map((code) => ({ grant_type: "authorization_code", ...code }))
    const callers: [work: Work, door: string, functionName: string, event: object | undefined][] = [
      ["code", "direct", "exchange-code", codes[0]],
      ["code", "signed", "exchange-code", signedEvent(codes[1])],
      ["code", "page", "exchange-code", browserEvent(codes[2])],
      ["code", "direct", "token", tokenRequests[3]],
      ["code", "signed", "token", signedEvent(undefined, asForm(tokenRequests[4] ?? {}))],
      ["code", "page", "token", browserEvent(undefined, asForm(tokenRequests[5] ?? {}))],
      ["refresh", "direct", "refresh-token", { refresh_token }],
      ["refresh", "signed", "refresh-token", signedEvent({ refresh_token })],
      ["refresh", "page", "refresh-token", onPage({}, session)],
      ["refresh", "direct", "token", refresh],
      ["refresh", "signed", "token", signedEvent(undefined, asForm(refresh))],
      ["refresh", "page", "token", onPage({ grant_type: "refresh_token" }, session)],
      ["revocation", "direct", "revoke-token", { token }],
      ["revocation", "signed", "revoke-token", signedEvent({ token })],
      ["revocation", "page", "revoke-token", onPage({}, sessionToRevoke)],
      ["system user", "direct", "authenticate-system-user", systemUser],
      ["system user", "signed", "authenticate-system-user", signedEvent(systemUser)],
    ]
    return callers
      .filter(([work]) => wanted.includes(work))
      .map(([work, door, functionName, event = {}]) => ({
        name: `${functionName}, ${door}`,
        work,
        isPage: door === "page",
        functionName,
        event,
      }))
  }
}

/** The body of an answer, through whichever door it came. */
export function answerIn({ result = {} }: Reply): Readonly<Record<string, unknown>> {
  return "statusCode" in result ? bodyOf(result) : result
}

async function signInAsPage(deployment: Deployment): Promise<string> {
  const { result } = await deployment.invoke("exchange-code", browserEvent(await deployment.code()), 20_000)
  const [line = ""] = (result?.cookies ?? []) as readonly string[]
  if (!line.startsWith("__Host-so-session-")) throw new Error(`no session: ${JSON.stringify(result)}`)
  return line.slice(0, line.indexOf(";"))
}

async function signInDirectly(deployment: Deployment): Promise<string> {
  const reply = await deployment.invoke("exchange-code", await deployment.code(), 20_000)
  return String(answerIn(reply).refresh_token)
}

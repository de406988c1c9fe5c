import { bodyOf, browserEvent, signedEvent } from "../../support/events.ts"
import { systemUser } from "../../support/system-user.ts"
import type { Deployment } from "./deployment.ts"
import type { Reply } from "./worker.ts"

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

const form = "application/x-www-form-urlencoded"
const guarded = { headers: { "x-csrf": "1" } }

/** Every function that speaks to SuperOffice through every door, with fresh codes and sessions. */
export async function allCallers(deployment: Deployment): Promise<readonly FaultCaller[]> {
  const codes = await Promise.all(Array.from({ length: 6 }, () => deployment.code()))
  const [session = "", sessionToRevoke = "", sessionForToken = ""] = await Promise.all(
    [0, 1, 2].map(() => signInAsPage(deployment)),
  )
  const refreshToken = await signInDirectly(deployment)
  const toRevoke = await Promise.all([0, 1].map(() => signInDirectly(deployment)))
  const byCode = (index: number) => ({ ...codes[index] })
  const tokenRequest = (index: number) => ({ grant_type: "authorization_code", ...codes[index] })
  const refresh = { grant_type: "refresh_token", refresh_token: refreshToken }
  const asForm = (fields: object) => ({
    body: new URLSearchParams(fields as Record<string, string>).toString(),
    headers: { "content-type": form },
  })
  const callers: [work: Work, door: string, functionName: string, event: object][] = [
    ["code", "direct", "exchange-code", byCode(0)],
    ["code", "signed", "exchange-code", signedEvent(byCode(1))],
    ["code", "page", "exchange-code", browserEvent(byCode(2))],
    ["code", "direct", "token", tokenRequest(3)],
    ["code", "signed", "token", signedEvent(undefined, asForm(tokenRequest(4)))],
    ["code", "page", "token", browserEvent(undefined, asForm(tokenRequest(5)))],
    ["refresh", "direct", "refresh-token", { refresh_token: refreshToken }],
    ["refresh", "signed", "refresh-token", signedEvent({ refresh_token: refreshToken })],
    ["refresh", "page", "refresh-token", { ...browserEvent({}, guarded), cookies: [session] }],
    ["refresh", "direct", "token", refresh],
    ["refresh", "signed", "token", signedEvent(undefined, asForm(refresh))],
    [
      "refresh",
      "page",
      "token",
      { ...browserEvent({ grant_type: "refresh_token" }, guarded), cookies: [sessionForToken] },
    ],
    ["revocation", "direct", "revoke-token", { token: toRevoke[0] }],
    ["revocation", "signed", "revoke-token", signedEvent({ token: toRevoke[1] })],
    ["revocation", "page", "revoke-token", { ...browserEvent({}, guarded), cookies: [sessionToRevoke] }],
    ["system user", "direct", "authenticate-system-user", systemUser],
    ["system user", "signed", "authenticate-system-user", signedEvent(systemUser)],
  ]
  return callers.map(([work, door, functionName, event]) => ({
    name: `${functionName}, ${door}`,
    work,
    isPage: door === "page",
    functionName,
    event,
  }))
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

import { bodyOf, browserEvent, signedEvent } from "../../support/events.ts"
import { systemUser } from "../../support/system-user.ts"
import type { Deployment, Reply } from "./deployment.ts"

/** The functions for each kind of work, which decides what a fault does to it. */
const functionsFor = {
  code: ["exchange-code", "token"],
  refresh: ["refresh-token", "token"],
  revocation: ["revoke-token"],
  "system user": ["authenticate-system-user"],
} as const
export type Work = keyof typeof functionsFor

/** One function called through one door. */
export interface FaultCaller {
  readonly name: string
  readonly work: Work
  readonly isPage: boolean
  readonly functionName: string
  readonly event: object
  /** Its route, unless it is invoked directly. */
  readonly path: string | undefined
}

/** Gives every function that speaks to SuperOffice through every door, for some kinds of work, each time with fresh codes. */
export type MakeCallers = (...works: readonly Work[]) => Promise<readonly FaultCaller[]>

/**
 * Signs in the page and the caller whose sessions all callers share: neither a refresh nor a fault ends them. All send `more`,
 * too.
 */
export async function prepareCallers(
  deployment: Deployment,
  more: Readonly<Record<string, string>> = {},
): Promise<MakeCallers> {
  const [session, sessionToRevoke] = [await signInAsPage(deployment), await signInAsPage(deployment)]
  const [refresh_token, token] = [await signInDirectly(deployment), await signInDirectly(deployment)]

  const fieldsOf = async (work: Work, isPage: boolean) => {
    if (work === "code") return await deployment.code()
    if (work === "system user") return systemUser
    if (isPage) return {}
    return work === "refresh" ? { refresh_token } : { token }
  }

  async function make(work: Work, functionName: string, door: "direct" | "signed" | "page") {
    const isPage = door === "page"
    const isToken = functionName === "token"
    // A page may not draw on its cookie with a form.
    const isForm = isToken && !(isPage && work === "refresh")
    const grant_type = work === "code" ? "authorization_code" : "refresh_token"
    const fields = { ...(await fieldsOf(work, isPage)), ...(isToken && { grant_type }), ...more }
    const mediaType = isForm ? "application/x-www-form-urlencoded" : "application/json"
    const http = {
      path: isPage ? `/${functionName}` : `/signed/${functionName}`,
      body: isForm ? new URLSearchParams(fields).toString() : JSON.stringify(fields),
      headers: { "content-type": mediaType, "x-csrf": "1" },
    }
    const cookies = work === "code" ? [] : [work === "refresh" ? session : sessionToRevoke]
    const events = {
      direct: fields,
      signed: signedEvent(undefined, http),
      page: { ...browserEvent(undefined, http), cookies },
    }
    const path = door === "direct" ? undefined : http.path
    return { name: `${functionName}, ${door}`, work, isPage, functionName, event: events[door], path }
  }

  return async (...works) => {
    const wanted = works.length === 0 ? (Object.keys(functionsFor) as Work[]) : works
    const callers = wanted.flatMap((work) =>
      functionsFor[work].flatMap((name) =>
        (["direct", "signed", "page"] as const)
          .filter((door) => work !== "system user" || door !== "page")
          .map((door) => make(work, name, door)),
      ),
    )
    return await Promise.all(callers)
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

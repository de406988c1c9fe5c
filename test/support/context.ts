import { loadConfig, type Config } from "../../lib/config.ts"
import { createAnswerCookies, readRequestCookies } from "../../lib/request/cookies.ts"
import type { Deadline } from "../../lib/deadline.ts"
import type { CodeGrant, RefreshGrant } from "../../lib/exchange/grant.ts"
import type { BrowserCaller } from "../../lib/request/caller.ts"
import type { RequestContext } from "../../lib/request/context.ts"
import type { ClientCredentials, Freshness, Cached, HttpAnswer, KeySet, Ports } from "../../lib/ports.ts"
import { createRejectionCounter } from "../../lib/request/rejections.ts"
import { Secret } from "../../lib/secret.ts"
import { startRequestLog, type RecordedRequestLog } from "../../lib/request/request-log.ts"
import type { Binding } from "../../lib/session/binding.ts"
import type { Session } from "../../lib/session/session.ts"
import {
  codeVerifier,
  completeEnv,
  credentials,
  keySetOf,
  pageOrigin,
  signingKey,
  tokenAnswer,
  type Given,
} from "./front-door.ts"
import { signedAt } from "../../harness/id-tokens.ts"

export const codeGrant: CodeGrant = {
  type: "authorization_code",
  code: new Secret("a-code"),
  redirectUri: "https://app.example.com/callback",
  codeVerifier: new Secret(codeVerifier),
  nonce: undefined,
  clientId: undefined,
}

export const refreshGrant: RefreshGrant = {
  type: "refresh_token",
  refreshToken: new Secret("a-refresh-token"),
  sub: undefined,
  ctx: undefined,
  signedInAt: undefined,
  clientId: undefined,
}

/** What the fake ports answer. An error in place of a value is thrown. */
export interface FakePorts {
  readonly credentials?: (freshness: Freshness) => Answer<ClientCredentials | Given<ClientCredentials>>
  readonly keySet?: (freshness: Freshness) => Answer<KeySet | Given<KeySet>>
  /** SuperOffice's answers in order, some of them made when they are asked for; one too few is an error. */
  readonly answers?: readonly (HttpAnswer | Error | (() => HttpAnswer | Error))[]
  readonly env?: Readonly<Record<string, string>>
  readonly deadline?: Deadline
  readonly now?: Date
}

type Answer<T> = T | Error | Promise<T | Error>

export interface FakeContext extends RequestContext {
  readonly requestLog: RecordedRequestLog
  /** What the ports were asked and whether it succeeded, in order. */
  readonly events: string[]
  /** The forms that SuperOffice saw. */
  readonly posts: Record<string, string>[]
  /** Milliseconds that each question was allowed to take, by the monotonic clock. */
  readonly waits: { readonly question: string; readonly ms: number }[]
}

/** One request among fake ports that remember what they were asked. */
export function fakeContext(fake: FakePorts = {}): FakeContext {
  const events: string[] = []
  const posts: Record<string, string>[] = []
  const waits: FakeContext["waits"] = []
  const answers = [...(fake.answers ?? [tokenAnswer()])]
  const ask = async <T>(question: string, deadline: Deadline, reply: () => Answer<T>): Promise<T> => {
    events.push(question)
    waits.push({ question, ms: deadline.remainingMs() })
    const answer = await reply()
    events.push(`${question}: ${answer instanceof Error ? "failed" : "done"}`)
    if (answer instanceof Error) throw answer
    return answer
  }
  const ports: Ports = {
    now: () => fake.now ?? signedAt,
    privateKey: () => Promise.reject(new Error("no private key was prepared")),
    signingKeys: () => Promise.reject(new Error("no signing key was prepared")),
    tenant: () => Promise.resolve(undefined),
    credentials: async (freshness, deadline) =>
      asCached(
        await ask(`secret ${freshness}`, deadline, () => fake.credentials?.(freshness) ?? credentials),
      ),
    keySet: async (freshness, deadline) => {
      const reply = () => fake.keySet?.(freshness) ?? keySetOf(signingKey.jwk)
      return asCached(await ask(`keys ${freshness}`, deadline, reply))
    },
    superOffice: (request, deadline) => {
      posts.push(Object.fromEntries(new URLSearchParams(request.body?.text)))
      return ask(`${request.method} ${request.url}`, deadline, () => {
        const answer = answers.shift() ?? new Error("SuperOffice was asked more often than the test expects")
        return typeof answer === "function" ? answer() : answer
      })
    },
  }
  const config = completeConfig(fake.env)
  return {
    config,
    ports,
    caller: { door: "direct" },
    deadline: fake.deadline ?? { remainingMs: () => 60_000 },
    requestLog: startRequestLog(),
    cookies: createAnswerCookies(config.refreshTokenDelivery),
    rejections: createRejectionCounter(),
    events,
    posts,
    waits,
  }
}

/** A page on the allowed origin, with these cookies and the CSRF header. */
export function pageCaller(
  cookies: Readonly<Record<string, string>> = {},
  changes: Partial<BrowserCaller> = {},
): BrowserCaller {
  const pairs = Object.entries(cookies).map((cookie) => cookie.join("="))
  const caller = { door: "browser", origin: pageOrigin, hasCsrfHeader: true } as const
  return { ...caller, cookies: readRequestCookies(pairs), ...changes }
}

/** The session of a user who has just signed in, with changes. */
export function sessionOf(changes: Partial<Session> = {}): Session {
  const refreshToken = new Secret("a-refresh-token")
  return { refreshToken, sub: "tony@example.com", ctx: "Cust12020", signedInAt: signedAt, ...changes }
}

/** What seals for the page, with changes. */
export function pageBinding(changes: Partial<Binding> = {}): Binding {
  const config = completeConfig({ ALLOWED_ORIGINS: pageOrigin })
  return { config, credentials, origin: pageOrigin, ...changes }
}

/** The settings of a deployment in `sod` that no page may call, with changes. */
export function completeConfig(env: Readonly<Record<string, string>> = {}): Config {
  const config = loadConfig({ ...completeEnv, ALLOWED_ORIGINS: "", ...env })
  if ("problems" in config) throw new Error(config.problems.join("; "))
  return config
}

function asCached<T extends object>(value: T | Given<T>): Cached<T> {
  return { ...("stale" in value ? value : { value, stale: false }), readAt: signedAt }
}

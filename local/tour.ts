import { randomBytes } from "node:crypto"
import { createRemoteJWKSet, jwtVerify } from "jose"
import type { RefreshTokenDelivery } from "../lib/config.ts"
import { parseJson } from "../lib/json.ts"
import { bold, dim, green, print, red } from "../operator/terminal.ts"
import { obtainAuthorizationCode, type AuthorizationCode } from "./authorization-code.ts"
import { ownApiAudience, ownApiPath, type StackWithOwnApi } from "./own-api.ts"
import { signRequest } from "./sign-request.ts"
import { storeClientSecret, type Stack } from "./stack.ts"

type JsonRecord = Readonly<Record<string, unknown>>

export interface TourOptions {
  readonly stack: StackWithOwnApi
  /** Of a page that may call. */
  readonly origin: string
  /** How that page keeps its refresh token. */
  readonly delivery: RefreshTokenDelivery
}

/** What the steps pass to one another. */
interface Journey extends TourOptions {
  code: AuthorizationCode
  session: Session
  refreshToken: string
}

/** What a page refreshes with: a cookie, or in delivery `sealed` a member of its requests. */
interface Session {
  readonly cookie: string
  readonly fields: { readonly refresh_token?: string }
}

interface Step {
  readonly title: string
  readonly why: string
  /** Runs the step and prints its result. Throws when the result is wrong. */
  readonly take: (journey: Journey) => Promise<void>
}

const user = "Cust12020/tony"

const steps: readonly Step[] = [
  {
    title: "Sign in at the provider",
    why: "The tour follows the provider's login pages without a browser, and receives an authorization code.",
    async take(journey) {
      journey.code = await obtainAuthorizationCode(journey.stack.provider, { user, origin: journey.origin })
      show("user", user)
      show("code", shorten(journey.code.code))
    },
  },
  {
    title: "A page redeems the code",
    why: "The function adds the client secret, sends the code once, and validates the ID Token. It encrypts the refresh token.",
    async take(journey) {
      const { stack, origin, code, delivery } = journey
      const { body, cookie } = await postJson(`${stack.url}/exchange-code`, code, { origin })
      const { refresh_token: sealed } = body
      if (delivery !== "sealed") expect(sealed === undefined, "a refresh token reached the page")
      journey.session = { cookie, fields: typeof sealed === "string" ? { refresh_token: sealed } : {} }
      show("request", `POST ${stack.url}/exchange-code   Origin: ${origin}`)
      showTokens(body)
      print(pretty(body.claims))
    },
  },
  {
    title: "The page refreshes",
    why: "It sends the encrypted refresh token, in a cookie that script cannot read, or itself with --delivery sealed.",
    async take({ stack, origin, session: { cookie, fields } }) {
      const headers = { origin, "x-csrf": "1", ...(cookie !== "" && { cookie }) }
      const { body } = await postJson(`${stack.url}/refresh-token`, fields, headers)
      show("cookie", cookie === "" ? "none" : shorten(cookie))
      showTokens(body)
    },
  },
  {
    title: "The page calls an API of its own",
    why: "It asks for a token of ours, which an API verifies with the keys that the deployment publishes. This API is behind a JWT authorizer.",
    async take({ stack, origin, session: { cookie, fields } }) {
      const headers = { origin, "x-csrf": "1", ...(cookie !== "" && { cookie }) }
      const include = ["api_token"]
      const { body } = await postJson(`${stack.url}/refresh-token`, { ...fields, include }, headers)
      const token = String(body.api_token)
      const keys = createRemoteJWKSet(new URL(`${stack.issuer}/.well-known/jwks.json`))
      const { payload } = await jwtVerify(token, keys, {
        issuer: stack.issuer,
        audience: ownApiAudience,
        typ: "at+jwt",
      })
      show("api_token", shorten(token))
      print(pretty(payload))
      const api = stack.ownApi.url + ownApiPath
      show("request", `GET ${api}   Authorization: Bearer …`)
      const taken = await fetch(api, { headers: { authorization: `Bearer ${token}` } })
      expect(taken.status === 200, `the API answered ${taken.status} to the token`)
      show("the API answers", await taken.text())
      const refused = await fetch(api)
      expect(refused.status === 401, `the API answered ${refused.status} without a token`)
      show("without the token", `${refused.status} ${await refused.text()}`)
    },
  },
  {
    title: "A cloud function redeems a code",
    why: "It invokes the function directly, if IAM permits. It also gets the refresh token, to store in a secret of its own.",
    async take(journey) {
      const body = await invoke(
        journey.stack,
        "exchange-code",
        await obtainAuthorizationCode(journey.stack.provider, { user, origin: journey.origin }),
      )
      expect(typeof body.refresh_token === "string", `exchange-code answered ${reasonIn(body)}`)
      journey.refreshToken = String(body.refresh_token)
      showTokens(body)
    },
  },
  {
    title: "The cloud function refreshes",
    why: "SuperOffice sends no new refresh token, so the answer repeats the old one: a caller can always store what it receives.",
    async take({ stack, refreshToken }) {
      const body = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(body.refresh_token === refreshToken, `refresh-token answered ${reasonIn(body)}`)
      showTokens(body)
    },
  },
  {
    title: "The cloud function refreshes over HTTP, signed with IAM",
    why: "The function is behind the gateway's IAM authorizer (Signature Version 4). The answer's body has the same form.",
    async take({ stack, refreshToken }) {
      const url = new URL(`${stack.url}/signed/token`)
      const fields = { grant_type: "refresh_token", refresh_token: refreshToken }
      const headers = await signRequest(url, JSON.stringify(fields), stack.credentials)
      const { body } = await postJson(url.href, fields, headers)
      show("request", `POST ${url.href}   Authorization: AWS4-HMAC-SHA256 …`)
      showTokens(body)
    },
  },
  {
    title: "A used code is refused",
    why: "SuperOffice answers the same for a used code and a wrong client secret. The caller gets an error code from a fixed list.",
    async take({ stack, code }) {
      const body = await invoke(stack, "exchange-code", code)
      expect(body.code === "grant_rejected", `exchange-code answered ${reasonIn(body)}`)
      print(pretty(body))
    },
  },
  {
    title: "A replaced client secret is picked up",
    why: "SuperOffice's portal replaces a client secret by deleting the old one. The functions need no restart.",
    async take({ stack, refreshToken }) {
      const { provider } = stack
      const next = randomBytes(16).toString("hex")
      provider.replaceClientSecret(next)
      const refused = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(refused.code === "grant_rejected", `refresh-token answered ${reasonIn(refused)}`)
      show("replaced at SuperOffice", `the next refresh answers ${String(refused.code)}`)
      storeClientSecret(stack, { clientId: provider.clientId, clientSecret: next })
      const renewed = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(typeof renewed.access_token === "string", `refresh-token answered ${reasonIn(renewed)}`)
      show("and in Secrets Manager", "the next refresh reads the new secret and succeeds")
    },
  },
]

/** Takes the steps and prints them, to the first that fails. Returns whether none did. */
export async function takeTour(options: TourOptions): Promise<boolean> {
  const journey: Journey = {
    ...options,
    code: { code: "", redirect_uri: "", code_verifier: "", nonce: "" },
    session: { cookie: "", fields: {} },
    refreshToken: "",
  }
  for (const [index, step] of steps.entries()) {
    print(bold(`\n${index + 1}. ${step.title}`))
    print(dim(`   ${step.why}`))
    const start = performance.now()
    try {
      await step.take(journey)
      print(green(`   done in ${Math.round(performance.now() - start)} ms`))
    } catch (error) {
      print(red(`   failed: ${causes(error)}`))
      print(
        `\n${index} of ${steps.length} steps succeeded. The tour ends here, because the steps build on each other.`,
      )
      return false
    }
  }
  print(`\n${steps.length} of ${steps.length} steps succeeded.`)
  return true
}

/** The message and those of its causes: that of `fetch` says only that it failed. */
function causes(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${causes(error.cause)}`
}

/** Posts as JSON. Throws what the answer says is wrong. */
async function postJson(
  url: string,
  fields: object,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly body: JsonRecord; readonly cookie: string }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(fields),
  })
  const text = await response.text()
  const body = (parseJson(text) ?? {}) as JsonRecord
  const { status } = response
  expect(status === 200, `${new URL(url).pathname} answered ${status}, ${reasonIn(body)}`)
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0])
  return { body, cookie: cookies.join("; ") }
}

async function invoke(stack: Stack, name: string, fields: object): Promise<JsonRecord> {
  const { payload, functionError } = (await stack.functions[name]?.invoke(fields)) ?? {}
  const body = (payload ?? {}) as JsonRecord
  expect(functionError === undefined, `${name} failed: ${String(body.errorMessage)}`)
  return body
}

/** What an answer says of an error: the functions' code and sentence, or the gateway's message. */
function reasonIn({ code, error_description, message }: JsonRecord): string {
  if (typeof code === "string") return `${code}: ${String(error_description)}`
  return typeof message === "string" ? message : "something else than expected"
}

function showTokens(body: JsonRecord): void {
  for (const name of ["access_token", "id_token", "refresh_token"]) {
    show(name, name in body ? shorten(body[name]) : "none")
  }
  show("expires_in", `${String(body.expires_in)} s`)
}

function show(name: string, value: string): void {
  print(`   ${name.padEnd(24)}${value}`)
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

/** The start of a token, and its length. */
function shorten(token: unknown): string {
  const text = String(token)
  return text.length <= 24 ? text : `${text.slice(0, 20)}… (${text.length} characters)`
}

/** Indented JSON. */
function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/^/gm, "     ")
}

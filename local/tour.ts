import { randomBytes } from "node:crypto"
import { obtainAuthorizationCode, type AuthorizationCode } from "./authorization-code.ts"
import { signRequest } from "./sign-request.ts"
import { clientSecretText, secretId, type Stack } from "./stack.ts"
import type { LocalProvider } from "./provider.ts"
import { bold, dim, green, pretty, print, red, shorten } from "./terminal.ts"

type JsonRecord = Readonly<Record<string, unknown>>

/** What the steps pass to one another. */
interface Journey {
  readonly stack: Stack
  readonly provider: LocalProvider
  readonly origin: string
  code: AuthorizationCode
  sessionCookie: string
  refreshToken: string
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
      journey.code = await obtainAuthorizationCode(journey.provider, { user, origin: journey.origin })
      show("user", user)
      show("code", shorten(journey.code.code))
    },
  },
  {
    title: "A page redeems the code",
    why: "The function adds the client secret, sends the code once, and validates the ID Token. The refresh token is encrypted in a cookie.",
    async take(journey) {
      const { stack, origin, code } = journey
      const { status, body, cookies } = await postJson(`${stack.url}/exchange-code`, code, { origin })
      expect(status === 200, `the status is ${status}`)
      journey.sessionCookie = cookies
      expect(!("refresh_token" in body), "a refresh token reached the page")
      show("request", `POST ${stack.url}/exchange-code   Origin: ${origin}`)
      showTokens(body)
      print(pretty(body.claims))
    },
  },
  {
    title: "The page refreshes with its cookie",
    why: "Script cannot read the cookie, and only this service can decrypt it.",
    async take({ stack, origin, sessionCookie }) {
      const headers = { origin, "x-csrf": "1", cookie: sessionCookie }
      const { status, body } = await postJson(`${stack.url}/refresh-token`, {}, headers)
      expect(status === 200, `the status is ${status}`)
      show("cookie", shorten(sessionCookie))
      showTokens(body)
    },
  },
  {
    title: "A cloud function redeems a code",
    why: "It invokes the function directly, if IAM permits. It also gets the refresh token, to store in a secret of its own.",
    async take(journey) {
      const body = await invoke(
        journey.stack,
        "exchange-code",
        await obtainAuthorizationCode(journey.provider, { user, origin: journey.origin }),
      )
      expect(typeof body.refresh_token === "string", "there is no refresh token")
      journey.refreshToken = String(body.refresh_token)
      showTokens(body)
    },
  },
  {
    title: "The cloud function refreshes",
    why: "SuperOffice sends no new refresh token, so the answer repeats the old one: a caller can always store what it receives.",
    async take({ stack, refreshToken }) {
      const body = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(body.refresh_token === refreshToken, "the refresh token is not the one that was sent")
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
      const { status, body } = await postJson(url.href, fields, headers)
      expect(status === 200, `the status is ${status}`)
      show("request", `POST ${url.href}   Authorization: AWS4-HMAC-SHA256 …`)
      showTokens(body)
    },
  },
  {
    title: "A used code is refused",
    why: "SuperOffice answers the same for a used code and a wrong client secret. The caller gets an error code from a fixed list.",
    async take({ stack, code }) {
      const body = await invoke(stack, "exchange-code", code)
      expect(body.code === "grant_rejected", `the code is ${String(body.code)}`)
      print(pretty(body))
    },
  },
  {
    title: "A replaced client secret is picked up",
    why: "SuperOffice's portal replaces a client secret by deleting the old one. The functions need no restart.",
    async take({ stack, provider, refreshToken }) {
      const next = randomBytes(16).toString("hex")
      provider.replaceClientSecret(next)
      const refused = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(refused.code === "grant_rejected", "the deleted secret still worked")
      show("replaced at SuperOffice", `the next refresh answers ${String(refused.code)}`)
      stack.secretsManager.put(secretId, clientSecretText(provider.clientId, next))
      const renewed = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(typeof renewed.access_token === "string", "the new secret was not picked up")
      show("and in Secrets Manager", "the next refresh reads the new secret and succeeds")
    },
  },
]

/** Takes and prints every step. Returns the number of failed steps. */
export async function takeTour(stack: Stack, provider: LocalProvider, origin: string): Promise<number> {
  const journey: Journey = {
    stack,
    provider,
    origin,
    code: { code: "", redirect_uri: "", code_verifier: "", nonce: "" },
    sessionCookie: "",
    refreshToken: "",
  }
  let failed = 0
  for (const [index, step] of steps.entries()) {
    print(bold(`\n${index + 1}. ${step.title}`))
    print(dim(`   ${step.why}`))
    const start = performance.now()
    try {
      await step.take(journey)
      print(green(`   done in ${Math.round(performance.now() - start)} ms`))
    } catch (error) {
      failed += 1
      print(red(`   failed: ${error instanceof Error ? error.message : String(error)}`))
    }
  }
  print(`\n${steps.length - failed} of ${steps.length} steps succeeded.`)
  return failed
}

async function postJson(
  url: string,
  fields: object,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; body: JsonRecord; cookies: string }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(fields),
  })
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0])
  return { status: response.status, body: (await response.json()) as JsonRecord, cookies: cookies.join("; ") }
}

async function invoke(stack: Stack, name: string, fields: object): Promise<JsonRecord> {
  const { payload, functionError } = (await stack.functions[name]?.invoke(fields)) ?? {}
  expect(functionError === undefined, `Lambda answered ${String(functionError)}`)
  return payload as JsonRecord
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

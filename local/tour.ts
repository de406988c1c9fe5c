import { randomBytes } from "node:crypto"
import { obtainAuthorizationCode, type AuthorizationCode } from "./authorization-code.ts"
import { signRequest } from "./sign-request.ts"
import { clientSecretText, secretId, type Stack } from "./stack.ts"
import type { LocalProvider } from "./provider.ts"
import { bold, dim, green, pretty, print, red, shorten } from "./terminal.ts"

type JsonRecord = Readonly<Record<string, unknown>>

/** What the steps hand to one another. */
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
  /** Does the step, prints what it shows, throws when it is not as it should be. */
  readonly take: (journey: Journey) => Promise<void>
}

const user = "Cust12020/tony"

const steps: readonly Step[] = [
  {
    title: "Sign in at the provider",
    why: "The provider's own login pages, walked without a browser. What comes back is an authorization code.",
    async take(journey) {
      journey.code = await obtainAuthorizationCode(journey.provider, { user, origin: journey.origin })
      show("user", user)
      show("code", shorten(journey.code.code))
    },
  },
  {
    title: "A page redeems the code",
    why: "The function adds the client secret, posts the code once, validates the ID Token. The refresh token stays sealed.",
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
    why: "Script cannot read the cookie, and only this service can open it.",
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
    why: "By direct invocation, IAM decides who may. It gets the refresh token too, to keep in a secret of its own.",
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
    title: "It refreshes",
    why: "SuperOffice sends no new refresh token: the answer carries the one to keep, so storing what came back is always right.",
    async take({ stack, refreshToken }) {
      const body = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(body.refresh_token === refreshToken, "the refresh token to keep is not the caller's own")
      showTokens(body)
    },
  },
  {
    title: "It refreshes over HTTP, signed with IAM",
    why: "The same function behind the gateway's IAM authorizer (Signature Version 4), and the same body.",
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
    title: "A code that was used is refused",
    why: "SuperOffice says the same for a dead code and a wrong client secret; the caller gets a code from a closed list.",
    async take({ stack, code }) {
      const body = await invoke(stack, "exchange-code", code)
      expect(body.code === "grant_rejected", `the code is ${String(body.code)}`)
      print(pretty(body))
    },
  },
  {
    title: "A replaced client secret heals",
    why: "In SuperOffice's portal a secret is replaced by deleting the old one. Nothing is restarted here.",
    async take({ stack, provider, refreshToken }) {
      const next = randomBytes(16).toString("hex")
      provider.replaceClientSecret(next)
      const refused = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(refused.code === "grant_rejected", "a secret that is gone still worked")
      show("replaced at SuperOffice", `the next refresh answers ${String(refused.code)}`)
      stack.secretsManager.put(secretId, clientSecretText(provider.clientId, next))
      const healed = await invoke(stack, "refresh-token", { refresh_token: refreshToken })
      expect(typeof healed.access_token === "string", "the new secret was not picked up")
      show("and in Secrets Manager", "the next refresh succeeds, within that one request")
    },
  },
]

/** Takes every step and prints it. Returns how many failed. */
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

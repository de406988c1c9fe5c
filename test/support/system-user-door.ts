import { generateKeyPairSync } from "node:crypto"
import type { HttpAnswer, HttpRequest } from "../../lib/ports.ts"
import { parsePrivateKey } from "../../lib/credentials/private-key.ts"
import { authenticateSystemUser } from "../../lib/operations/authenticate-system-user.ts"
import { completeEnv, jsonAnswer, openFrontDoor, signingKey, type FrontDoorOptions } from "./front-door.ts"
import { namespace, signedAt, signIdToken } from "../../harness/id-tokens.ts"

/** The application's RSA key, and the text that its secret holds. */
export const applicationKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
export const pem = applicationKey.privateKey.export({ type: "pkcs8", format: "pem" }).toString()

export const systemUserRequest = { tenant: "Cust12020", system_token: "App Name-8k8Q7DmBgo" }

/** What SuperOffice's token brings, and when it was signed. */
export const ticket = "7T:QQBBAEIAQwA="
export const iat = signedAt.getTime() / 1000

export const systemUserUrl = "https://sod.superoffice.com/Login/api/PartnerSystemUser/Authenticate"

/** The claims of a token for programs, as SuperOffice writes them; undefined leaves one out. */
export function systemUserClaims(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    sub: "system@example.com",
    [`${namespace}associateid`]: "1",
    [`${namespace}upn`]: "system@example.com",
    [`${namespace}ctx`]: "Cust12020",
    [`${namespace}serial`]: "1501178584",
    [`${namespace}webapi_url`]: "https://sod.superoffice.com/Cust12020/api/",
    [`${namespace}ticket`]: ticket,
    iat,
    nbf: iat - 60,
    exp: iat + 21_600,
    iss: "SuperOffice AS",
    aud: "spn:1501178584",
    ...changes,
  }
}

/** SuperOffice's answer to a system user whom it knows. */
export function systemUserAnswer(token = signIdToken(signingKey, systemUserClaims())): HttpAnswer {
  return jsonAnswer(200, { IsSuccessful: true, Token: token, ErrorMessage: null })
}

/** SuperOffice's answer to one that it refuses. */
export function systemUserRefusal(ErrorMessage: unknown, status = 200): HttpAnswer {
  return jsonAnswer(status, { IsSuccessful: false, Token: null, ErrorMessage })
}

/** Opens `authenticate-system-user` with SuperOffice's usual answer, but for the options. */
export function openSystemUserDoor(options: FrontDoorOptions = {}) {
  return openFrontDoor(authenticateSystemUser, {
    env: { ...completeEnv, PRIVATE_KEY_SECRET_ID: "superoffice/private-key" },
    privateKey: privateKeyPort(pem),
    answers: [systemUserAnswer()],
    ...options,
  })
}

/** The port of a private key whose secret has this text. */
export function privateKeyPort(text: string | undefined): NonNullable<FrontDoorOptions["privateKey"]> {
  return () =>
    Promise.resolve().then(() => ({ value: parsePrivateKey(text, "k1"), readAt: signedAt, stale: false }))
}

/** What was posted, read as SuperOffice would. */
export function readPosted({ body }: HttpRequest) {
  const { SignedSystemToken, ...others } = JSON.parse(body?.text ?? "{}") as Record<string, string>
  const [, signedText = "", signature = ""] = /^(.*)\.([^.]*)$/s.exec(SignedSystemToken ?? "") ?? []
  return { ...others, signedText, signature }
}

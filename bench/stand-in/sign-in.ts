import { createHash, randomBytes } from "node:crypto"
import {
  clientId,
  namespace,
  signIdToken,
  superOfficeClaims,
  type SigningKey,
} from "../../harness/id-tokens.ts"
import type { Issued } from "./start.ts"

/** SuperOffice as pages need it. Tokens are signed when they are asked for, because each has the nonce of its sign-in. */
export interface SignInEndpoints {
  /** Where the login page sends the browser: back at once, because nobody has to type anything. Undefined for another URL. */
  readonly authorize: (url: string) => string | undefined
  /** Insists on everything that SuperOffice is sent, so that no row does less. */
  readonly redeem: (form: URLSearchParams) => string | undefined
  readonly lastIssued: () => Issued
}

/** Whoever names no tenant signs in to this one. */
export const tenant = "Cust12020"

interface PendingCode {
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string | undefined
  readonly tenant: string
}

export function signInEndpoints(key: SigningKey): SignInEndpoints {
  const pending = new Map<string, PendingCode>()
  /** What every refresh token begins with. The name of its tenant follows. */
  const refreshToken = `${randomBytes(48).toString("base64url")}.`
  let accessToken = ""

  function authorize(url: string): string | undefined {
    const { pathname, searchParams } = new URL(url, "https://sod.superoffice.com")
    if (pathname !== "/login/common/oauth/authorize") return undefined
    const code = randomBytes(48).toString("base64url")
    const redirectUri = searchParams.get("redirect_uri") ?? ""
    pending.set(code, {
      redirectUri,
      challenge: searchParams.get("code_challenge") ?? "",
      nonce: searchParams.get("nonce") ?? undefined,
      tenant: searchParams.get("acr_values")?.replace("tenant:", "") ?? tenant,
    })
    const back = new URL(redirectUri)
    back.searchParams.set("code", code)
    back.searchParams.set("state", searchParams.get("state") ?? "")
    return back.href
  }

  function redeem(form: URLSearchParams): string | undefined {
    if (form.get("client_id") !== clientId || form.get("client_secret") !== "the-client-secret") return
    if (form.get("grant_type") === "refresh_token") {
      const presented = form.get("refresh_token") ?? ""
      return presented.startsWith(refreshToken) ? answer(presented.slice(refreshToken.length), {}) : undefined
    }
    const code = form.get("code") ?? ""
    const login = pending.get(code)
    pending.delete(code)
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url")
    const isRight = login?.redirectUri === form.get("redirect_uri") && login.challenge === challenge
    return isRight
      ? answer(login.tenant, { refresh_token: refreshToken + login.tenant }, login.nonce)
      : undefined
  }

  function answer(ctx: string, more: object, nonce?: string): string {
    accessToken = `8A:${ctx}.${randomBytes(36).toString("base64")}`
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now, nbf: now - 60, exp: now + 3600 }
    const claims = superOfficeClaims({ ...times, nonce, [`${namespace}ctx`]: ctx })
    const id_token = signIdToken(key, claims)
    return JSON.stringify({
      token_type: "Bearer",
      access_token: accessToken,
      expires_in: 3600,
      ...more,
      id_token,
    })
  }

  return { authorize, redeem, lastIssued: () => ({ accessToken, refreshToken }) }
}

/** Of the secret. Without one, the functions accept no page. */
export function sealingKeys(): readonly object[] {
  return [{ kid: "bench", key: randomBytes(32).toString("base64url") }]
}

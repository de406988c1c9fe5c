import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer, HttpRequest } from "../../../lib/ports.ts"
import { jsonAnswer, rejectedAnswer } from "../../support/front-door.ts"
import {
  clientId,
  createSigningKey,
  signIdToken,
  superOfficeClaims,
  type SigningKey,
} from "../../../harness/id-tokens.ts"

/** What goes wrong with the next request for tokens. */
export type StandInFault =
  /** No connection was made. */
  | "refused"
  /** SuperOffice did its work, and the answer got lost. */
  | "lost"
  /** SuperOffice answered 503 before it did anything. */
  | "busy"
  /** A proxy answered with a page. */
  | "page"

/** Two key pairs are enough to roll from one to the other and back. */
const keyPairs: readonly [SigningKey, SigningKey] = [createSigningKey(), createSigningKey()]

/** SuperOffice as far as a token exchange sees it: one client secret, one signing key, codes and refresh tokens. */
export class StandInSuperOffice {
  clientSecret = "secret-0"
  fault: StandInFault | undefined
  keysAre: "up" | "down" | "slow" = "up"
  /** Requests for tokens that arrived, in order. */
  readonly arrivals: { grant: string; clientSecret: string | null; rejected: boolean }[] = []
  /** The grants for which tokens were issued in an answer that got through. */
  readonly delivered = new Set<string>()
  /** The key set as it was last fetched. */
  lastFetched: { readonly kid: string; readonly at: Date } | undefined
  readonly #now: () => Date
  readonly #codes = new Set<string>()
  readonly #refreshTokens = new Set<string>()
  #issued = 0
  #key = keyPairs[0]

  constructor(now: () => Date) {
    this.#now = now
  }

  get signingKid(): string {
    return this.#key.kid
  }

  rollKey(): void {
    this.#key = keyPairs[this.#key === keyPairs[0] ? 1 : 0]
  }

  issueCode(): string {
    const code = `code-${(this.#issued += 1)}`
    this.#codes.add(code)
    return code
  }

  isWorking(refreshToken: string): boolean {
    return this.#refreshTokens.has(refreshToken)
  }

  /** The port. */
  readonly answer = async (request: HttpRequest): Promise<HttpAnswer> => {
    if (request.method === "GET") return await this.#keys()
    const form = new URLSearchParams(request.body?.text)
    const { fault } = this
    this.fault = undefined
    if (fault === "refused") {
      throw new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
    }
    const answer = fault === "busy" || fault === "page" ? undefined : this.#redeem(form)
    if (answer === undefined) this.#arrive(form, false)
    if (fault === "lost") throw new ExchangeError("upstream_unavailable", "reset")
    if (fault === "busy") return jsonAnswer(503, {})
    if (fault === "page") return { status: 502, retryAfterSeconds: undefined, body: "<html>" }
    if (answer?.status === 200) this.delivered.add(grantIn(form))
    return answer ?? rejectedAnswer
  }

  async #keys(): Promise<HttpAnswer> {
    if (this.keysAre === "down") throw new ExchangeError("upstream_unavailable", "down")
    if (this.keysAre === "slow") await new Promise((resolve) => setTimeout(resolve, 3))
    this.lastFetched = { kid: this.signingKid, at: this.#now() }
    return jsonAnswer(200, { keys: [this.#key.jwk] })
  }

  #redeem(form: URLSearchParams): HttpAnswer {
    const grant = grantIn(form)
    const isGood = this.#codes.has(grant) || this.#refreshTokens.has(grant)
    const rejected = form.get("client_secret") !== this.clientSecret || !isGood
    this.#arrive(form, rejected)
    if (rejected) return rejectedAnswer
    const isCode = this.#codes.delete(grant)
    const refreshToken = `refresh-${(this.#issued += 1)}`
    if (isCode) this.#refreshTokens.add(refreshToken)
    const iat = Math.floor(this.#now().getTime() / 1000)
    const claims = superOfficeClaims({ iat, nbf: iat - 60, exp: iat + 300, aud: clientId })
    return jsonAnswer(200, {
      token_type: "Bearer",
      access_token: `8A:${this.#issued}`,
      expires_in: 3600,
      id_token: signIdToken(this.#key, claims),
      ...(isCode && { refresh_token: refreshToken }),
    })
  }

  #arrive(form: URLSearchParams, rejected: boolean): void {
    this.arrivals.push({ grant: grantIn(form), clientSecret: form.get("client_secret"), rejected })
  }
}

function grantIn(form: URLSearchParams): string {
  return form.get("code") ?? form.get("refresh_token") ?? ""
}

import type { KeyObject } from "node:crypto"
import type { Config } from "./config.ts"
import type { Tenant } from "./contract.ts"
import type { Deadline } from "./deadline.ts"
import type { ExchangeError } from "./errors.ts"
import type { Secret } from "./secret.ts"

/** Everything outside the process that a request uses. A test replaces a port by passing another function. */
export interface Ports {
  /**
   * Our client credentials. `reread` goes past the cache, as often as the limit for forced reads allows. Beyond that limit
   * it gives the cached value, the same object. Throws `secret_unavailable` or `configuration_invalid`.
   */
  readonly credentials: Cache<ClientCredentials>
  /** The application's RSA key, in the same way. */
  readonly privateKey: Cache<PrivateKey>
  /** Our own signing keys, for tokens for the partner's API, in the same way as our credentials. */
  readonly signingKeys: Cache<SigningKeys>
  /** SuperOffice's signing keys, in the same way. Throws `key_set_unavailable`. */
  readonly keySet: Cache<KeySet>
  /**
   * Sends one request to SuperOffice. It is never repeated and never redirected, and a POST is not sent with less than a
   * second left. Throws `upstream_unavailable`, `upstream_timeout` or, when it is not HTTP, `upstream_invalid`; each says
   * in `mayHaveArrived` whether the request may have reached SuperOffice.
   */
  readonly superOffice: (request: HttpRequest, deadline: Deadline) => Promise<HttpAnswer>
  /** A tenant's state, from a bounded cache or from SuperOffice; undefined when it cannot be read. Never throws. */
  readonly tenant: (ctx: string, deadline: Deadline) => Promise<Tenant | undefined>
  readonly now: () => Date
}

/** What a function file passes to its handler. Only `connect` needs settings that are right. */
export interface Runtime {
  readonly connect: (config: Config, needs: Needs) => Ports
  readonly now: () => Date
  /** Writes one line to the log. */
  readonly write: (line: string) => void
}

/** What a function needs, so that reading it can begin at once. */
export interface Needs {
  readonly clientSecret: boolean
  readonly keySet: boolean
  /**
   * Parses the private key, which also makes the setting PRIVATE_KEY_SECRET_ID required. The operation brings it, so that the
   * bundles of all others do not contain it.
   */
  readonly privateKey: false | ((text: string | undefined, version: string) => PrivateKey)
  /** Parses the signing keys, where tokens for the partner's API are switched on. */
  readonly signingKeys: false | ((text: string | undefined) => SigningKeys)
}

/**
 * `cached` gives the cached value while it may be used. `reread` reads the value again, because SuperOffice rejected it or
 * it lacks a key; `reread_to_open` does so for a cookie, which anybody can send, and so has a limit of its own.
 */
export type Freshness = "cached" | "reread" | "reread_to_open"

/** Gives a value, from the cache or past it, before the deadline. */
export type Cache<T> = (freshness: Freshness, deadline: Deadline) => Promise<Cached<T>>

/** A value, and whether it is stale: past its age, and used because it could not be read again. */
export interface Cached<T> {
  readonly value: T
  readonly readAt: Date
  readonly stale: boolean
  /** Why a stale value could not be read again. */
  readonly error?: unknown
}

/** Our credentials at SuperOffice, and the version of the secret that they are from. */
export interface ClientCredentials {
  readonly version: string
  readonly clientId: string
  readonly clientSecret: Secret
  /** The first key seals, and every key opens. Empty when no page may call. */
  readonly sealingKeys: readonly SealingKey[]
  /** The date on which the client secret expires, in UTC. Undefined if the secret has none. */
  readonly expires?: Date | "unreadable" | undefined
}

/** A key of 256 bits for A256GCM, and the `kid` of the values that it sealed. */
export interface SealingKey {
  readonly kid: string
  readonly key: KeyObject
}

/** The key that signs for the system user, and the version of the secret that it is from. */
export interface PrivateKey {
  readonly version: string
  readonly key: KeyObject
}

/** Our keys for tokens for the partner's API: the first signs, and all are published. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]]

/** An RSA private key, and the `kid` of what it signed. */
export interface SigningKey {
  readonly kid: string
  readonly key: KeyObject
}

/** A public key that may verify ID Tokens, and its names. */
export interface VerificationKey {
  /** Canonical `kid` and `x5t`; empty for a key that has neither. */
  readonly names: ReadonlySet<string>
  readonly key: KeyObject
}

/** SuperOffice's signing keys: those of its key set that may verify ID Tokens. */
export type KeySet = readonly VerificationKey[]

/** A request to SuperOffice. */
export interface HttpRequest {
  readonly method: "GET" | "POST"
  readonly url: string
  /** Body of a POST. */
  readonly body?: { readonly type: "form" | "json"; readonly text: string }
  /** Whether an answer of this status needs its body. A body that nobody needs is neither read nor waited for. */
  readonly needsBody: (status: number) => boolean
}

/** SuperOffice's answer. Its class comes from its status, whatever its body is. */
export interface HttpAnswer {
  readonly status: number
  /** `Retry-After`: 1 to 86,400 seconds. Undefined when it is absent. */
  readonly retryAfterSeconds: number | undefined
  /** The `Date` header: SuperOffice's clock. */
  readonly date?: Date | undefined
  /** Decoded. Empty when nobody needs it, and when it is `unreadable`. */
  readonly body: string
  /** Why the body cannot be read: it broke off, it came too late, it is over 1 MiB, or it is not text. */
  readonly unreadable?: ExchangeError
}

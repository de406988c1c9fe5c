import type { Config } from "../config.ts"
import type { SealingKey } from "../ports.ts"
import { unixSeconds } from "../seconds.ts"
import { bindingMembers, isBoundTo, isPastTime, type Binding } from "./binding.ts"
import { seal, unseal } from "./seal.ts"
import { Secret } from "../secret.ts"

/** A page's session: SuperOffice's refresh token, and the user and tenant that it is for. */
export interface Session {
  readonly refreshToken: Secret
  readonly sub: string
  readonly ctx: string
  /** Time of sign-in, kept when the session is sealed anew. In milliseconds, so that the newest one can be told. */
  readonly signedInAt: Date
}

/** Seals a session with the newest key. */
export async function sealSession(session: Session, binding: Binding): Promise<string> {
  return await seal(
    "so-session",
    {
      refresh_token: session.refreshToken.reveal(),
      sub: session.sub,
      ctx: session.ctx,
      signed_in_at: session.signedInAt.getTime(),
      ...bindingMembers(binding),
    },
    binding.credentials.sealingKeys,
  )
}

/**
 * Opens a session with this binding that has begun. Undefined for anything else. Does not check its age, so that it can be
 * revoked.
 */
export async function openSession(sealed: string, now: Date, binding: Binding): Promise<Session | undefined> {
  const content = await unseal("so-session", sealed, binding.credentials.sealingKeys)
  if (content === undefined || !isBoundTo(content, binding)) return undefined
  const { refresh_token: refreshToken, sub, ctx, signed_in_at: signedInAt } = content
  if (typeof refreshToken !== "string" || typeof sub !== "string" || typeof ctx !== "string") return undefined
  if (typeof signedInAt !== "number" || !isPastTime(signedInAt / 1000, now, binding.config)) return undefined
  return { refreshToken: new Secret(refreshToken), sub, ctx, signedInAt: new Date(signedInAt) }
}

/** The time of sign-in of a session of any origin, in milliseconds, to tell which is older. 0 when it does not open. */
export async function signInTimeOf(sealed: string, sealingKeys: readonly SealingKey[]): Promise<number> {
  const content = await unseal("so-session", sealed, sealingKeys)
  return typeof content?.signed_in_at === "number" ? content.signed_in_at : 0
}

/** When a session stops being usable, in Unix seconds. */
export function sessionExpiresAt({ signedInAt }: Session, config: Config): number {
  return unixSeconds(signedInAt) + config.sessionMaxAgeSeconds
}

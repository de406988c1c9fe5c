import type { Tenant } from "../contract.ts"
import { requestInvalid } from "../errors.ts"
import type { Include } from "../requests.ts"
import { inTime } from "./ask.ts"
import type { RequestContext } from "./context.ts"
import type { Fields } from "./fields.ts"

/** What an answer contains in addition, on request. */
export type Includes = ReadonlySet<Include>

/** Reads `include`: a list of what is offered, or its names separated by spaces in a form. Throws `request_invalid`. */
export function readIncludes(fields: Fields, offered: readonly Include[]): Includes {
  const value = Object.hasOwn(fields, "include") ? fields.include : undefined
  if (value === undefined) return new Set()
  const names: readonly unknown[] =
    typeof value === "string" ? value.split(" ") : Array.isArray(value) ? value : [value]
  if (!names.every((name) => isOneOf(offered, name))) {
    throw requestInvalid(`"include" must be a list of: ${offered.join(", ")}.`)
  }
  return new Set(names)
}

function isOneOf(offered: readonly Include[], name: unknown): name is Include {
  return (offered as readonly unknown[]).includes(name)
}

/** Adds what was asked for about the tenant `ctx`. The state is null when it cannot be read, which must not fail the request. */
export async function withIncludes<Answer extends object>(
  answer: Answer,
  ctx: string,
  includes: Includes,
  context: RequestContext,
): Promise<Answer & { readonly tenant?: Tenant | null }> {
  if (!includes.has("tenant")) return answer
  const tenant = await inTime("tenant", (deadline) => context.ports.tenant(ctx, deadline), context)
  return { ...answer, tenant: tenant ?? null }
}

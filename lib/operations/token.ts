import type { Config } from "../config.ts"
import type { BrowserTokenResponse, Include, Tenant, TokenResponse } from "../contract.ts"
import { timing, within } from "../deadline.ts"
import type { Caller } from "../request/caller.ts"
import { exchange } from "../exchange/exchange.ts"
import type { Fields } from "../request/fields.ts"
import {
  type GrantReader,
  readCodeGrant,
  readGrant,
  readIncludes,
  readRefreshGrant,
  type RequestedGrant,
} from "../exchange/grant.ts"
import type { FunctionSpec } from "../request/handler.ts"
import type { Invocation } from "../request/invocation.ts"
import { browserTokenResult, tokenResult } from "../exchange/token-result.ts"

interface TokenFunctionRequest {
  readonly grant: RequestedGrant
  readonly includes: ReadonlySet<Include>
}

const allDoors = ["browser", "signed", "direct"] as const

/** Redeems an authorization code. */
export const exchangeCode: FunctionSpec<TokenFunctionRequest> = {
  name: "exchange-code",
  doors: allDoors,
  needs: { keySet: true, privateKey: false },
  read: (fields, caller, config) => readRequest(readCodeGrant, fields, caller, config),
  run: redeemGrant,
}

/** Redeems a refresh token. */
export const refreshToken: FunctionSpec<TokenFunctionRequest> = {
  name: "refresh-token",
  doors: allDoors,
  needs: { keySet: true, privateKey: false },
  read: (fields, caller, config) => readRequest(readRefreshGrant, fields, caller, config),
  run: redeemGrant,
}

/** Redeems either, as the token endpoint that ordinary OAuth client libraries expect (RFC 6749 §3.2). */
export const token: FunctionSpec<TokenFunctionRequest> = {
  name: "token",
  doors: allDoors,
  needs: { keySet: true, privateKey: false },
  read: (fields, caller, config) => readRequest(readGrant, fields, caller, config),
  run: redeemGrant,
}

function readRequest(
  read: GrantReader,
  fields: Fields,
  caller: Caller,
  config: Config,
): TokenFunctionRequest {
  return { grant: read(fields, caller, config), includes: readIncludes(fields) }
}

async function redeemGrant(
  { grant, includes }: TokenFunctionRequest,
  invocation: Invocation,
): Promise<TokenResponse | BrowserTokenResponse> {
  const { caller } = invocation
  const exchanged = await exchange(grant, invocation)
  const result =
    caller.door === "browser"
      ? await browserTokenResult(exchanged, caller, invocation)
      : tokenResult(exchanged)
  return includes.has("tenant")
    ? { ...result, tenant: await fetchTenant(result.claims.ctx, invocation) }
    : result
}

/** Knowledge that was asked for beside the tokens: its failure never fails the exchange. */
async function fetchTenant(ctx: string, { ports, requestLog, deadline }: Invocation): Promise<Tenant | null> {
  const tenant = await requestLog.timed("tenant", () => ports.tenant(ctx, within(deadline, timing.tenantMs)))
  return tenant ?? null
}

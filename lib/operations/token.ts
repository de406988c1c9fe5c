import type { Config } from "../config.ts"
import type { BrowserTokenResponse, TokenResponse } from "../contract.ts"
import type { Caller } from "../request/caller.ts"
import { exchange } from "../exchange/exchange.ts"
import type { Fields } from "../request/fields.ts"
import {
  type GrantReader,
  readCodeGrant,
  readGrant,
  readRefreshGrant,
  type RequestedGrant,
} from "../exchange/grant.ts"
import type { FunctionSpec } from "../request/handler.ts"
import { readIncludes, withIncludes, type Includes } from "../request/include.ts"
import type { RequestContext } from "../request/context.ts"
import { browserTokenResult, tokenResult } from "../exchange/token-result.ts"

interface TokenFunctionRequest {
  readonly grant: RequestedGrant
  readonly includes: Includes
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

/** Redeems either grant, as the token endpoint that ordinary OAuth client libraries expect (RFC 6749 §3.2). */
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
  context: RequestContext,
): Promise<TokenResponse | BrowserTokenResponse> {
  const { caller } = context
  const exchanged = await exchange(grant, context)
  const result =
    caller.door === "browser" ? await browserTokenResult(exchanged, caller, context) : tokenResult(exchanged)
  return await withIncludes(result, result.claims.ctx, includes, context)
}

import type { Config } from "../config.ts"
import { parseSigningKeys } from "../credentials/signing-keys.ts"
import type { BrowserTokenResponse, TokenResponse } from "../contract.ts"
import type { Caller } from "../request/caller.ts"
import { apiTokenResult } from "../exchange/api-token.ts"
import { exchange } from "../exchange/exchange.ts"
import type { Needs } from "../ports.ts"
import type { Include } from "../requests.ts"
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

const needs: Needs = {
  clientSecret: true,
  keySet: true,
  privateKey: false,
  signingKeys: parseSigningKeys,
}

/** Redeems an authorization code. */
export const exchangeCode: FunctionSpec<TokenFunctionRequest> = {
  name: "exchange-code",
  doors: allDoors,
  needs,
  read: (fields, caller, config) => readRequest(readCodeGrant, fields, caller, config),
  run: redeemGrant,
}

/** Redeems a refresh token. */
export const refreshToken: FunctionSpec<TokenFunctionRequest> = {
  name: "refresh-token",
  doors: allDoors,
  needs,
  read: (fields, caller, config) => readRequest(readRefreshGrant, fields, caller, config),
  run: redeemGrant,
}

/** Redeems either grant, as the token endpoint that ordinary OAuth client libraries expect (RFC 6749 §3.2). */
export const token: FunctionSpec<TokenFunctionRequest> = {
  name: "token",
  doors: allDoors,
  needs,
  read: (fields, caller, config) => readRequest(readGrant, fields, caller, config),
  run: redeemGrant,
}

function readRequest(
  read: GrantReader,
  fields: Fields,
  caller: Caller,
  config: Config,
): TokenFunctionRequest {
  const offered: readonly Include[] = config.apiToken ? ["tenant", "api_token"] : ["tenant"]
  return { grant: read(fields, caller, config), includes: readIncludes(fields, offered) }
}

async function redeemGrant(
  { grant, includes }: TokenFunctionRequest,
  context: RequestContext,
): Promise<TokenResponse | BrowserTokenResponse> {
  const { caller } = context
  const exchanged = await exchange(grant, includes, context)
  const result =
    caller.door === "browser" ? await browserTokenResult(exchanged, caller, context) : tokenResult(exchanged)
  const answer = { ...result, ...(await apiTokenResult(exchanged, context)) }
  return await withIncludes(answer, exchanged.claims.ctx, includes, context)
}

import type { BrowserTokenResponse, TokenResponse } from "./contract.ts"
import { exchange } from "./exchange.ts"
import {
  readCodeGrant,
  readGrant,
  readRefreshGrant,
  type CodeGrant,
  type Grant,
  type RefreshGrant,
} from "./grant.ts"
import type { FunctionSpec } from "./handler.ts"
import type { Invocation } from "./invocation.ts"
import { browserTokenResult, tokenResult } from "./token-result.ts"

const allDoors = ["browser", "signed", "direct"] as const

/** Redeems an authorization code. */
export const exchangeCode: FunctionSpec<CodeGrant> = {
  name: "exchange-code",
  doors: allDoors,
  read: readCodeGrant,
  run: redeemGrant,
}

/** Redeems a refresh token. */
export const refreshToken: FunctionSpec<RefreshGrant> = {
  name: "refresh-token",
  doors: allDoors,
  read: readRefreshGrant,
  run: redeemGrant,
}

/** Redeems either, as the token endpoint that ordinary OAuth client libraries expect (RFC 6749 §3.2). */
export const token: FunctionSpec<Grant> = {
  name: "token",
  doors: allDoors,
  read: readGrant,
  run: redeemGrant,
}

async function redeemGrant(
  grant: Grant,
  invocation: Invocation,
): Promise<TokenResponse | BrowserTokenResponse> {
  const exchanged = await exchange(grant, invocation)
  return invocation.caller.door === "browser" ? browserTokenResult(exchanged) : tokenResult(exchanged, grant)
}

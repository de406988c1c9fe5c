import type { BrowserTokenResponse, TokenResponse } from "./contract.ts"
import { exchange } from "./exchange.ts"
import { readCodeGrant, readGrant, readRefreshGrant, type RequestedGrant } from "./grant.ts"
import type { FunctionSpec } from "./handler.ts"
import type { Invocation } from "./invocation.ts"
import { browserTokenResult, tokenResult } from "./token-result.ts"

const allDoors = ["browser", "signed", "direct"] as const

/** Redeems an authorization code. */
export const exchangeCode: FunctionSpec<RequestedGrant> = {
  name: "exchange-code",
  doors: allDoors,
  needs: { keySet: true },
  read: readCodeGrant,
  run: redeemGrant,
}

/** Redeems a refresh token. */
export const refreshToken: FunctionSpec<RequestedGrant> = {
  name: "refresh-token",
  doors: allDoors,
  needs: { keySet: true },
  read: readRefreshGrant,
  run: redeemGrant,
}

/** Redeems either, as the token endpoint that ordinary OAuth client libraries expect (RFC 6749 §3.2). */
export const token: FunctionSpec<RequestedGrant> = {
  name: "token",
  doors: allDoors,
  needs: { keySet: true },
  read: readGrant,
  run: redeemGrant,
}

async function redeemGrant(
  requested: RequestedGrant,
  invocation: Invocation,
): Promise<TokenResponse | BrowserTokenResponse> {
  const { caller } = invocation
  const exchanged = await exchange(requested, invocation)
  return caller.door === "browser"
    ? await browserTokenResult(exchanged, caller, invocation)
    : tokenResult(exchanged)
}

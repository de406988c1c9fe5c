import { expect, test } from "vitest"
import { provider, shareProvider } from "./application.ts"
import { exchangedCode, refresh, refreshGrant, rejectedRefresh, rejection } from "./token-requests.ts"

shareProvider()

test("the local provider ends a refresh token that is revoked and no other, and takes an unknown one", async () => {
  const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
  const other = (await exchangedCode("Cust12020/tony")).body
  const revoke = (token: string) =>
    fetch(`${provider.url}/login/common/oauth/revoke`, {
      method: "POST",
      body: new URLSearchParams({ token }),
    })
  expect((await revoke("unknown")).status).toBe(200)
  expect((await revoke(refresh_token)).status).toBe(200)
  expect(await rejection(refreshGrant(refresh_token))).toEqual(rejectedRefresh)
  expect((await refresh(other.refresh_token)).status).toBe(200)
})

import { expect, test } from "vitest"
import { provider, shareProvider } from "./application.ts"

shareProvider()

test("the discovery document names the local provider's endpoints and the environment's issuer", async () => {
  const response = await fetch(`${provider.url}/login/.well-known/openid-configuration`)
  expect(await response.json()).toMatchObject({
    issuer: "https://sod.superoffice.com",
    token_endpoint: `${provider.url}/login/common/oauth/tokens`,
    jwks_uri: `${provider.url}/login/.well-known/jwks`,
  })
})

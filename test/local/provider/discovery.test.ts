import { expect, test } from "vitest"
import { provider } from "./application.ts"

test("the discovery document names this provider's endpoints and the environment's issuer", async () => {
  const response = await fetch(`${provider.url}/login/.well-known/openid-configuration`)
  expect(await response.json()).toMatchObject({
    issuer: "https://sod.superoffice.com",
    token_endpoint: `${provider.url}/login/common/oauth/tokens`,
    jwks_uri: `${provider.url}/login/.well-known/jwks`,
  })
})

import { expect, onTestFinished, test } from "vitest"
import { startProvider } from "../../local/provider.ts"
import { clientSecret, redirectUri, shareProvider } from "./provider/application.ts"
import { exchangedCode, postToken, refresh, refreshGrant } from "./provider/token-requests.ts"

shareProvider()

test("two local providers in one process know nothing of each other", async () => {
  const other = await startProvider({ environment: "online", clientSecret, redirectUris: [redirectUri] })
  onTestFinished(() => other.close())
  const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
  const elsewhere = { ...refreshGrant(refresh_token), client_id: other.clientId }
  expect(other.issuer).toBe("https://online.superoffice.com")
  expect((await postToken(elsewhere, other)).status).toBe(400)
  expect((await refresh(refresh_token)).status).toBe(200)
})

test("a redirect URI of an app's own scheme lets no sandboxed page, whose origin is null, call the REST API", async () => {
  const other = await startProvider({ clientSecret, redirectUris: ["com.example.app:/callback"] })
  onTestFinished(() => other.close())
  const response = await fetch(`${other.url}/Cust12020/api/v1/Contact`, { headers: { origin: "null" } })
  expect(response.headers.get("access-control-allow-origin")).toBeNull()
})

import { expect, test } from "vitest"
import { startProvider } from "../../local/provider.ts"
import { clientSecret, redirectUri } from "./provider/application.ts"
import { exchangedCode, postToken, refresh, refreshGrant } from "./provider/token-requests.ts"

test("two providers in one process know nothing of each other", async () => {
  const other = await startProvider({ environment: "online", clientSecret, redirectUris: [redirectUri] })
  try {
    const { refresh_token } = (await exchangedCode("Cust12020/tony")).body
    const elsewhere = { ...refreshGrant(refresh_token), client_id: other.clientId }
    expect(other.issuer).toBe("https://online.superoffice.com")
    expect((await postToken(elsewhere, other)).status).toBe(400)
    expect((await refresh(refresh_token)).status).toBe(200)
  } finally {
    await other.close()
  }
})

test("a redirect URI of an app's own scheme lets no sandboxed page, whose origin is null, call the REST API", async () => {
  const redirectUris = ["com.example.app:/callback"]
  const other = await startProvider({ clientSecret, redirectUris })
  try {
    const url = `${other.url}/Cust12020/api/v1/Contact`
    const response = await fetch(url, { headers: { origin: "null" } })
    expect(response.headers.get("access-control-allow-origin")).toBeNull()
  } finally {
    await other.close()
  }
})

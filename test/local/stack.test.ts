import { expect, it, onTestFinished } from "vitest"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { startStackWithProvider } from "../../local/stack.ts"
import { origin } from "../support/journey.ts"

it("the local provider sends codes to a redirect URI beside those of the origins", async () => {
  const redirect_uri = "https://app.example.com/signed-in"
  const { provider, ...stack } = await startStackWithProvider({
    origins: [origin],
    redirectUris: [redirect_uri],
  })
  onTestFinished(() => stack.close())
  const url = new URL(`${provider.url}/login/common/oauth/authorize`)
  const fields = { client_id: provider.clientId, response_type: "code", scope: "openid", redirect_uri }
  url.search = new URLSearchParams(fields).toString()
  const callback = await signInWithoutBrowser(url, "Cust12020/tony")
  expect(callback.origin + callback.pathname).toBe(redirect_uri)
})

it("a stack whose bundles are missing says how they are made", async () => {
  const bundles = { token: "/nowhere/token.cjs" }
  await expect(startStackWithProvider({ origins: [origin], bundles })).rejects.toThrow(
    "The bundle of token is missing. Run `npm run build`, or leave out --no-build.",
  )
})

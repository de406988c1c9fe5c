import { expect, it, onTestFinished } from "vitest"
import { signInWithoutBrowser } from "../../local/sign-in.ts"
import { startStackWithProvider } from "../../local/stack.ts"
import { origin } from "../support/journey.ts"

it("a redirect URI beside those of the origins gets codes, which a cloud function redeems", async () => {
  const redirect_uri = "https://app.example.com/signed-in"
  const stack = await startStackWithProvider({ origins: [origin], redirectUris: [redirect_uri] })
  onTestFinished(() => stack.close())
  const { functions, provider } = stack
  const url = new URL(`${provider.url}/login/common/oauth/authorize`)
  url.search = new URLSearchParams({
    client_id: provider.clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri,
  }).toString()
  const callback = await signInWithoutBrowser(url, "Cust12020/tony")
  const event = { code: callback.searchParams.get("code"), redirect_uri }
  const { payload } = (await functions["exchange-code"]?.invoke(event)) ?? {}
  expect(payload).toMatchObject({ claims: { sub: "tony@example.com" } })
})

it("a stack whose bundles are missing says how they are made", async () => {
  const bundles = { token: "/nowhere/token.cjs" }
  await expect(startStackWithProvider({ origins: [origin], bundles })).rejects.toThrow(
    "The bundle of token is missing. Run `npm run build`, or leave out --no-build.",
  )
})

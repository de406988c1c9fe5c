import "./clock.ts"
import { createClient } from "../../../client/browser.ts"
import { measure, type Tokens } from "./measure.ts"

declare const API: string

const client = createClient({ api: API, redirectUri: location.origin + location.pathname })

await measure({
  signIn: () => client.signIn(),
  async finish() {
    await client.handleCallback()
    return await tokens()
  },
  renew: tokens,
})

async function tokens(): Promise<Tokens> {
  const accessToken = await client.getAccessToken()
  return { accessToken, tenant: client.session()?.claims.ctx }
}

import "./clock.ts"
import { measure, type Tokens } from "./measure.ts"

await measure({
  signIn: () => {
    location.assign("/login")
  },
  finish: tokens,
  renew: tokens,
})

async function tokens(): Promise<Tokens> {
  const response = await fetch("/token")
  const { access_token, claims } = (await response.json()) as Record<"access_token", string> & {
    readonly claims: Readonly<Record<string, unknown>>
  }
  return { accessToken: access_token, tenant: claims["http://schemes.superoffice.net/identity/ctx"] }
}

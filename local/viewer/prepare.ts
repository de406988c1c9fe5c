import { isPlainObject, parseJson } from "../../lib/json.ts"
import { obtainAuthorizationCode } from "../authorization-code.ts"
import type { LocalProvider } from "../provider.ts"
import { userById, users } from "../provider/users.ts"
import { signInWithoutBrowser } from "../sign-in.ts"
import type { Example, Operation } from "./document.ts"
import type { ApiRequest, Send } from "./send.ts"

/** What live values come from. */
export interface ValueSources {
  readonly provider: LocalProvider
  readonly send: Send
  /** Of the page that calls. */
  readonly origin: string
}

/** Live values by the names that the document's examples use, and the cookies that belong to them. */
interface LiveValues {
  readonly fields: Readonly<Record<string, unknown>>
  readonly cookie?: string
}

const user = userById("Cust12020/tony")

/** The example's request with live values in place of the document's, as the caller would send it. */
export async function prepareRequest(
  { path, isSigned }: Operation,
  { mediaType, value }: Example,
  sources: ValueSources,
): Promise<ApiRequest> {
  const { fields, cookie } = await liveValues(isSigned, value, sources)
  const live = Object.fromEntries(Object.entries(value).map(([name, text]) => [name, fields[name] ?? text]))
  const headers = {
    "Content-Type": mediaType,
    ...(isSigned
      ? { Authorization: "AWS4-HMAC-SHA256 (made from the body when it is sent)" }
      : { Origin: sources.origin }),
    ...(cookie !== undefined && { "X-CSRF": "1", Cookie: cookie }),
  }
  return { path, headers, body: mediaType === "application/json" ? json(live) : form(live) }
}

async function liveValues(
  isSigned: boolean,
  value: Example["value"],
  sources: ValueSources,
): Promise<LiveValues> {
  if ("system_token" in value) return { fields: systemUser() }
  if ("state" in value) return await startLogin(sources)
  if ("code" in value) return { fields: { ...(await obtainAuthorizationCode(sources.provider, sources)) } }
  if ("redirect_uri" in value) return { fields: loginFields(sources) }
  if (isSigned && !("refresh_token" in value || "token" in value)) return { fields: {} }
  return await signIn(isSigned ? "/signed/exchange-code" : "/exchange-code", sources)
}

function systemUser() {
  const holder = users.find(({ systemToken }) => systemToken !== undefined)
  return { tenant: holder?.tenant.ctx, system_token: holder?.systemToken }
}

function loginFields({ origin }: ValueSources) {
  return { redirect_uri: `${origin}/callback`, tenant: user.tenant.ctx, login_hint: user.email }
}

/** A sign-in that start-login began, after the provider's redirect. */
async function startLogin(sources: ValueSources): Promise<LiveValues> {
  const { provider } = sources
  const { fields, cookie } = await exchange("/start-login", loginFields(sources), sources)
  const url = String(fields.authorization_url)
  // Both listeners are one provider. Over http, no certificate is needed.
  const plainUrl = provider.secureUrl === undefined ? url : url.replace(provider.secureUrl, provider.url)
  const { searchParams } = await signInWithoutBrowser(new URL(plainUrl), user.id)
  const { state, code } = Object.fromEntries(searchParams)
  return { fields: { state, code, iss: provider.issuer }, cookie }
}

/** A session, or for a caller that signs the refresh token in clear. */
async function signIn(path: string, sources: ValueSources): Promise<LiveValues> {
  const code = await obtainAuthorizationCode(sources.provider, { ...sources, user: user.id })
  const { fields, cookie } = await exchange(path, code, sources)
  const { sub, ctx } = isPlainObject(fields.claims) ? fields.claims : {}
  const { refresh_token } = fields
  return { fields: { refresh_token, token: refresh_token, sub, ctx }, ...(cookie !== "" && { cookie }) }
}

/** Posts JSON. Throws what the answer is if it is no success. */
async function exchange(path: string, fields: object, { send, origin }: ValueSources) {
  const headers = { "Content-Type": "application/json", Origin: origin }
  const answer = await send({ path, headers, body: JSON.stringify(fields) })
  const body = parseJson(answer.body)
  if (answer.status !== 200 || !isPlainObject(body)) {
    throw new Error(`${path} answered ${answer.status}: ${answer.body}`)
  }
  const cookies = answer.headers.filter(([name]) => name.toLowerCase() === "set-cookie")
  return { fields: body, cookie: cookies.map(([, line]) => line.split(";")[0]).join("; ") }
}

function json(fields: object): string {
  return JSON.stringify(fields, undefined, 2)
}

/** A list has spaces between its values (the document's `spaceDelimited`). */
function form(fields: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    query.append(name, Array.isArray(value) ? value.join(" ") : String(value))
  }
  return query.toString()
}

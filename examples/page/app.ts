// In your own application, import from "superoffice-token-exchange/browser".
import { createClient, TokenExchangeError, type ClientOptions, type Session } from "../../client/browser.ts"
import {
  element,
  hideMessage,
  offerOwnApi,
  setBusy,
  showCallResult,
  showError,
  showOnly,
  showOwnApiResult,
  showRefreshes,
  showSession,
  showSessionEnded,
  showSignedOut,
  showTimeLeft,
} from "./view.ts"

const { ownApi, ...options } = (await (await fetch("/config.json")).json()) as Config
const client = createClient({
  ...options,
  expect: panelUser(),
  include: ownApi === undefined ? undefined : ["api_token"],
  onSessionEnd: endSession,
})
// A login page may refuse to be shown in a frame, so a web panel needs a pop-up.
const isPanel = window.parent !== window
let refreshes = 0
let ticking: ReturnType<typeof setInterval> | undefined
let asked: Session | undefined

type Config = ClientOptions & {
  /** Base URL of this application's own API. */
  readonly ownApi?: string
}

if (ownApi !== undefined) offerOwnApi()
await enter()

element("sign-in", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault()
  const tenant = element("tenant", HTMLInputElement).value.trim()
  void work(element("sign-in-button", HTMLButtonElement), () => signIn(tenant === "" ? undefined : tenant))
})
onClick("switch", () => signIn())
onClick("refresh", () => refresh(true))
onClick("call", async () => {
  showCallResult(await callSuperOffice())
})
onClick("call-own-api", async () => {
  showOwnApiResult(await callOwnApi({ authorization: `Bearer ${await client.getApiToken()}` }))
})
onClick("call-own-api-without", async () => {
  showOwnApiResult(await callOwnApi({}))
})
onClick("sign-out", async () => {
  const answer = await client.signOut()
  leave()
  showSignedOut(answer)
})
onClick("try-again", async () => {
  await client.getAccessToken()
  stay(true)
})

/** SuperOffice puts the tenant and the user in the URL of a web panel. This page shows nothing to anybody else. */
function panelUser(): ClientOptions["expect"] {
  const parameters = new URLSearchParams(location.search)
  const ctx = parameters.get("uctx")
  return ctx === null ? undefined : { ctx, associateid: parameters.get("usid") ?? undefined }
}

/** Another tab signed out, or another user signed in there. */
function endSession(): void {
  leave(false)
  showSessionEnded()
}

/** Runs on every load: finishes a sign-in if there is one, then looks for a session. */
async function enter(): Promise<void> {
  // Even if the sign-in failed, an older session may still exist.
  const problem = await failureOf(client.handleCallback())
  const failure = await failureOf(client.getAccessToken())
  if (failure === undefined) stay()
  else leave(false)
  // Do not report `session_expired` on load: it also means that the user has not signed in yet.
  const news = problem ?? (isCode(failure, "session_expired") ? undefined : failure)
  if (news !== undefined) tell(news)
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function stay(moveFocus = false): void {
  const session = client.session()
  if (!session) return
  showSession(session, options.delivery)
  showRefreshes(refreshes)
  showOnly("signed-in", moveFocus)
  showTimeLeft(session)
  clearInterval(ticking)
  ticking = setInterval(tick, 1000)
}

function leave(moveFocus = true): void {
  clearInterval(ticking)
  refreshes = 0
  // They name a user.
  showCallResult("")
  showOwnApiResult("")
  showOnly("signed-out", moveFocus)
}

/** Updates the countdown. Asks for a token a minute before it expires, so that the client refreshes it. */
function tick(): void {
  const session = client.session()
  if (!session) return
  const secondsLeft = showTimeLeft(session)
  if (secondsLeft >= 60 || asked === session) return
  // Once for each token. After a failure, the user can press the button.
  asked = session
  refresh(false).catch(tell)
}

/** Calls the tenant's REST API. The page's origin must be registered for CORS at SuperOffice. */
async function callSuperOffice(): Promise<string> {
  const token = await client.getAccessToken()
  const url = `${client.session()?.claims.webapi_url ?? ""}v1/User/currentPrincipal`
  const headers = { authorization: `Bearer ${token}`, accept: "application/json" }
  const response = await fetch(url, { headers }).catch(() => undefined)
  if (!response) return "The browser got no answer. Is this page's origin registered for CORS at SuperOffice?"
  if (!response.ok) return `SuperOffice answered ${response.status}.`
  const { UserName } = (await response.json()) as { readonly UserName: string }
  return `SuperOffice knows you as ${UserName}.`
}

/** Calls this application's own API, which knows the user by the token alone. */
async function callOwnApi(headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${ownApi ?? ""}/me`, { headers }).catch(() => undefined)
  if (!response) return "The browser got no answer from the API."
  if (!response.ok) return `The API answered ${response.status}.`
  const { ctx, associateid } = (await response.json()) as Record<"ctx" | "associateid", unknown>
  return `The API knows you as associate ${String(associateid)} of ${String(ctx)}.`
}

async function refresh(always: boolean): Promise<void> {
  const before = client.session()
  await client.getAccessToken({ refresh: always })
  if (client.session() !== before) refreshes += 1
  stay()
}

async function signIn(tenant?: string): Promise<void> {
  await client.signIn({ popUp: isPanel, tenant })
  if (isPanel) stay(true)
}

function onClick(id: string, action: () => Promise<void>): void {
  const button = element(id, HTMLButtonElement)
  button.addEventListener("click", () => void work(button, action))
}

/** Runs a button's action unless it is already running, and shows its error. */
async function work(button: HTMLButtonElement, what: () => Promise<void>): Promise<void> {
  if (button.ariaDisabled === "true") return
  setBusy(button, true)
  hideMessage()
  await what().catch(tell)
  setBusy(button, false)
}

function tell(error: unknown): void {
  if (!(error instanceof TokenExchangeError)) throw error
  if (!client.session() || isCode(error, "grant_rejected")) leave()
  showError(error)
}

function isCode(error: unknown, code: TokenExchangeError["code"]): boolean {
  return error instanceof TokenExchangeError && error.code === code
}

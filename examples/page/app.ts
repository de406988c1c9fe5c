// In your own application, import from "superoffice-token-exchange/browser".
import { createClient, TokenExchangeError, type ClientOptions, type Session } from "../../client/browser.ts"
import { handBack, isPanel, onHandBack, openPopUp } from "./pop-up.ts"
import {
  element,
  hideMessage,
  setBusy,
  showError,
  showOnly,
  showRefreshes,
  showSession,
  showSignedOut,
  showTimeLeft,
} from "./view.ts"

const options = (await (await fetch("/config.json")).json()) as ClientOptions
const client = createClient(options)
let refreshes = 0
let ticking: ReturnType<typeof setInterval> | undefined
let asked: Session | undefined

if (!handBack()) await enter()

element("sign-in", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault()
  const tenant = element("tenant", HTMLInputElement).value.trim()
  const button = element("sign-in-button", HTMLButtonElement)
  const popUp = isPanel ? openPopUp() : undefined
  const navigate = (url: string): void => {
    ;(popUp ?? window).location.assign(url)
  }
  void work(button, () => client.signIn(tenant === "" ? { navigate } : { tenant, navigate }))
})
onHandBack((address) => {
  void work(element("sign-in-button", HTMLButtonElement), async () => {
    await client.handleCallback(address)
    stay(true)
  })
})
element("refresh", HTMLButtonElement).addEventListener("click", function () {
  void work(this, () => refresh(true))
})
element("sign-out", HTMLButtonElement).addEventListener("click", function () {
  void work(this, async () => {
    const answer = await client.signOut()
    leave()
    showSignedOut(answer)
  })
})
element("try-again", HTMLButtonElement).addEventListener("click", function () {
  void work(this, async () => {
    await client.getAccessToken()
    stay(true)
  })
})

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

async function refresh(always: boolean): Promise<void> {
  const before = client.session()
  await client.getAccessToken({ refresh: always })
  if (client.session() !== before) refreshes += 1
  stay()
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

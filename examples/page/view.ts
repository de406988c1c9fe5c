import type { ClientOptions, RevokeTokenResponse, Session, TokenExchangeError } from "../../client/browser.ts"
import { messageFor } from "./messages.ts"

const refreshTokenLives: Record<NonNullable<ClientOptions["delivery"]>, string> = {
  cookie: "Sealed, in a cookie that no script can read",
  partitioned: "Sealed, in a cookie for this frame that no script can read",
  sealed: "Sealed, in this tab's sessionStorage",
}

/** Returns the element of index.html with that id. */
export function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`index.html has no ${kind.name} "${id}"`)
}

/** Shows one of the page's three states. `moveFocus` when the user caused the change. */
export function showOnly(state: "waiting" | "signed-out" | "signed-in", moveFocus = false): void {
  for (const id of ["waiting", "signed-out", "signed-in"]) element(id, HTMLElement).hidden = id !== state
  for (const id of ["sign-out", "switch"]) element(id, HTMLElement).hidden = state !== "signed-in"
  if (moveFocus) element(state === "signed-in" ? "user-name" : "signed-out-title", HTMLHeadingElement).focus()
}

export function showSession(session: Session, delivery: ClientOptions["delivery"] = "cookie"): void {
  const { claims } = session
  const fullName = [claims.firstname, claims.lastname].filter(Boolean).join(" ")
  const name = fullName === "" ? (claims.email ?? claims.sub) : fullName
  element("user-name", HTMLHeadingElement).replaceChildren(...breakable(name))
  write("user-initials", (claims.initials ?? name).slice(0, 2).toUpperCase())
  write("user-role", claims.is_administrator ? "Administrator" : "User")
  write("tenant-ctx", claims.ctx)
  write("tenant-company", claims.company_name ?? "Not in the claims")
  showToken(shorten(session.access_token))
  write("token-length", `${session.access_token.length} characters`)
  write("session-delivery", refreshTokenLives[delivery])
  const end = session.session_expires_at
  write("session-end", end === undefined ? "The access token expires" : moment(end))
  element("claims", HTMLTableSectionElement).replaceChildren(
    ...Object.entries(claims).map(([claim, value]) => claimRow(claim, value)),
  )
}

/** Shows how long the access token is still valid, and returns that in seconds. */
export function showTimeLeft({ expires_at, expires_in }: Session): number {
  const left = Math.max(0, expires_at - Date.now() / 1000)
  const seconds = Math.ceil(left)
  write("token-countdown", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`)
  element("token-left", HTMLProgressElement).value = left / expires_in
  return left
}

export function showRefreshes(count: number): void {
  const times = count === 1 ? "once" : `${count} times`
  write("refreshes", count === 0 ? "Not refreshed yet" : `Refreshed ${times}`)
}

export function showCallResult(text: string): void {
  write("call-result", text)
}

/** Offers to call the application's own API. */
export function offerOwnApi(): void {
  element("own-api", HTMLElement).hidden = false
}

export function showOwnApiResult(text: string): void {
  write("own-api-result", text)
}

export function showError(error: TokenExchangeError): void {
  const request = error.requestId === undefined ? "" : `, request ${error.requestId}`
  showMessage(messageFor(error.code), `Code: ${error.code}${request}`)
  element("try-again", HTMLButtonElement).hidden = !error.retryable
  showEndSession(error.endSessionUrl)
}

export function showSessionEnded(): void {
  showMessage(
    "Your session has ended in another tab.",
    "Somebody signed out there, or another user signed in.",
  )
}

export function showSignedOut(answer: RevokeTokenResponse | undefined): void {
  showMessage("You are signed out here.", "SuperOffice may still remember you in this browser.")
  element("message", HTMLElement).classList.add("good")
  showEndSession(answer?.end_session_url)
}

function showEndSession(url: string | undefined): void {
  const link = element("end-session", HTMLAnchorElement)
  link.hidden = url === undefined
  // A frame cannot show SuperOffice's own page.
  link.target = window.parent === window ? "" : "_blank"
  if (url !== undefined) link.href = url
}

export function hideMessage(): void {
  element("message", HTMLElement).hidden = true
}

/** Uses `aria-disabled`, because a `disabled` button would lose the keyboard focus. */
export function setBusy(button: HTMLButtonElement, busy: boolean): void {
  button.ariaDisabled = String(busy)
}

function showMessage(text: string, detail: string): void {
  write("message-text", text)
  write("message-detail", detail)
  for (const id of ["try-again", "end-session"]) element(id, HTMLElement).hidden = true
  element("message", HTMLElement).classList.remove("good")
  element("message", HTMLElement).hidden = false
}

function claimRow(claim: string, value: unknown): HTMLTableRowElement {
  const row = document.createElement("tr")
  const name = document.createElement("th")
  name.scope = "row"
  name.append(...breakable(claim))
  row.append(name)
  row.insertCell().append(...breakable(String(value)), ...explanation(claim, value))
  return row
}

/** Lets a narrow column break names and URLs after separators. */
function breakable(text: string): (string | HTMLElement)[] {
  return text.split(/(?<=[_@]|\w\/|\/\/)/).flatMap((part) => [part, document.createElement("wbr")])
}

/** The clock time of `iat`, `nbf` and `exp`. */
function explanation(claim: string, value: unknown): (string | HTMLElement)[] {
  if (typeof value !== "number" || !["iat", "nbf", "exp"].includes(claim)) return []
  const time = document.createElement("span")
  time.className = "small"
  time.textContent = clockTime(value)
  return [" ", time]
}

/** Highlights a token that has changed. */
function showToken(text: string): void {
  const isNew = element("token", HTMLElement).textContent !== text
  write("token", text)
  if (!isNew || matchMedia("(prefers-reduced-motion: reduce)").matches) return
  element("token-box", HTMLElement).animate({ backgroundColor: ["var(--flash)", "var(--page)"] }, 1200)
}

/** The two ends of a token, which is enough to see that it has changed. */
function shorten(token: string): string {
  return `${token.slice(0, 22)}…${token.slice(-6)}`
}

function clockTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleTimeString(undefined, { timeStyle: "medium" })
}

/** The time, with the date unless it is today. */
function moment(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  const isToday = date.toDateString() === new Date().toDateString()
  return date.toLocaleString(undefined, { ...(!isToday && { dateStyle: "medium" }), timeStyle: "short" })
}

function write(id: string, text: string): void {
  element(id, HTMLElement).textContent = text
}

import type { ClientErrorCode } from "../../client/browser.ts"

/** Texts for users, by error code. The other codes get `otherwise`. */
const messages: Partial<Record<ClientErrorCode, string>> = {
  sign_in_cancelled: "You cancelled the sign-in. Nothing has changed; sign in whenever you like.",
  sign_in_failed: "The login page could not sign you in. Please try again.",
  state_mismatch: "This tab did not begin that sign-in, so it was not used. Please sign in here.",
  session_expired: "Your session has ended. Please sign in again.",
  identity_mismatch:
    "You signed in as somebody else than this page is for. Sign out at SuperOffice, then sign in again.",
  cookies_blocked:
    "This browser does not keep the service's cookie here, so a sign-in cannot succeed. Allow third-party cookies for this page, or use another browser.",
  pop_up_blocked: "The browser blocked the sign-in window. Allow pop-ups for this page, then sign in again.",
  pop_up_closed: "The sign-in window was closed. Sign in whenever you like.",
  pop_up_cut_off:
    "The login page cannot return to this page from a window. Please tell whoever runs this page.",
  grant_rejected: "SuperOffice did not accept the sign-in. Please sign in again.",
  origin_not_allowed: "This page is not on the service's list of pages.",
  request_invalid: "The service did not accept this page's request.",
  network_error: "The service does not answer. Are you online?",
  gateway_error: "The service is busy. Please try again in a moment.",
  upstream_unavailable: "SuperOffice does not answer. Please try again in a moment.",
  key_set_unavailable: "SuperOffice does not answer. Please try again in a moment.",
  api_token_missing: "Your SuperOffice account cannot use this page's API.",
  upstream_timeout: "SuperOffice took too long to answer. Please try again.",
}

const otherwise = "Something went wrong, and it was not your fault. Please try again later."

export function messageFor(code: ClientErrorCode): string {
  return messages[code] ?? otherwise
}

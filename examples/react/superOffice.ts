import { createClient, type ClientOptions } from "superoffice-token-exchange/browser"

/** A login page may refuse to be shown in a frame, so a web panel needs a pop-up. */
export const isPanel = window.parent !== window

/** Has the event `end` when the session of this tab has ended in another tab. */
export const sessionEnd = new EventTarget()

// The local stack chooses its ports when it starts. Your application can have these options in its code.
const options = (await (await fetch("/config.json")).json()) as ClientOptions

/** Created once, outside of all components, because the access token is in its memory. */
export const superOffice = createClient({
  ...options,
  expect: panelUser(),
  onSessionEnd: () => sessionEnd.dispatchEvent(new Event("end")),
})

/** SuperOffice puts the tenant and the user in the URL of a web panel. This page shows nothing to anybody else. */
function panelUser(): ClientOptions["expect"] {
  const parameters = new URLSearchParams(location.search)
  const ctx = parameters.get("uctx")
  return ctx === null ? undefined : { ctx, associateid: parameters.get("usid") ?? undefined }
}

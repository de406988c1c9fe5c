import { TokenExchangeError } from "./error.ts"
import { sleep } from "./timers.ts"

/** The parameters of an authorization response (RFC 6749 §4.1.2). */
export type CallbackParameters = Readonly<Record<string, string | undefined>>

/** What the pop-up sends to the page that opened it. */
interface HandOver {
  readonly superoffice?: CallbackParameters
}

/**
 * Shows the login page in the pop-up. Resolves to the parameters that the pop-up came back with, and closes it, if `state` is
 * that of this sign-in: another sign-in can have used the same window.
 */
export async function callbackFrom(popUp: Window, url: string, state: string): Promise<CallbackParameters> {
  let parameters: CallbackParameters | undefined
  const hear = ({ origin, source, data }: MessageEvent<HandOver | undefined>): void => {
    if (source != popUp || origin != location.origin || data?.superoffice?.state != state) return
    parameters = data.superoffice
    popUp.close()
  }
  addEventListener("message", hear)
  popUp.location.href = url
  while (!popUp.closed) await sleep(50)
  removeEventListener("message", hear)
  if (parameters) return parameters
  await sleep(1e3)
  // A pop-up that was cut off says that it is closed, but it has the focus. One that the user closed gave it back.
  throw new TokenExchangeError(document.hasFocus() ? "pop_up_closed" : "pop_up_cut_off")
}

/**
 * In a window that this origin's `callbackFrom` waits for: hands the parameters over, which closes the window. Resolves in
 * other windows, where an opener of another origin receives nothing.
 */
export async function handOver(parameters: CallbackParameters): Promise<void> {
  const page = opener as Window | null | undefined
  page?.postMessage({ superoffice: parameters } satisfies HandOver, location.origin)
  if (page) await sleep(3e3)
}

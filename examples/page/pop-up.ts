const name = "sign-in"

/** A page in another's frame, as web panels are: a login page may refuse to be shown there. */
export const isPanel = window.parent !== window

/** Opens a window for the login page. From a click, or the browser blocks it; undefined when it does. */
export function openPopUp(): Window | undefined {
  return window.open("about:blank", name, "popup,width=520,height=680") ?? undefined
}

/** In that window, when the user is back: hands the address to the panel, whose sign-in it is, and closes. */
export function handBack(): boolean {
  const opener = window.opener as Window | null
  if (window.name !== name || opener === null) return false
  opener.postMessage({ callback: location.href }, location.origin)
  window.close()
  return true
}

/** In the panel: calls `handle` with the address that its window came back to. */
export function onHandBack(handle: (address: string) => void): void {
  addEventListener("message", ({ origin, data }: MessageEvent<unknown>) => {
    if (origin !== location.origin || typeof data !== "object" || data === null) return
    if ("callback" in data && typeof data.callback === "string") handle(data.callback)
  })
}

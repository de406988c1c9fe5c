const name = "sign-in"

/** True in a frame, e.g. in a web panel. A login page may refuse to be shown in one. */
export const isPanel = window.parent !== window

/** Opens a window for the login page. Undefined if the browser blocks it, as it does outside of a click. */
export function openPopUp(): Window | undefined {
  return window.open("about:blank", name, "popup,width=520,height=680") ?? undefined
}

/** Call it in the pop-up: sends the address to the panel that began the sign-in, and closes the window. */
export function handBack(): boolean {
  const opener = window.opener as Window | null
  if (window.name !== name || opener === null) return false
  opener.postMessage({ callback: location.href }, location.origin)
  window.close()
  return true
}

/** Call it in the panel: calls `handle` with the address that the pop-up sends. */
export function onHandBack(handle: (address: string) => void): void {
  addEventListener("message", ({ origin, data }: MessageEvent<unknown>) => {
    if (origin !== location.origin || typeof data !== "object" || data === null) return
    if ("callback" in data && typeof data.callback === "string") handle(data.callback)
  })
}

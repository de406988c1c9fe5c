/** This machine's Chromium. */
export const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium"

/** A Chromium that keeps to itself: no update, no sync, no QUIC, and no name is looked up. */
export const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Sites that are one, and sites that are not.
  "--host-resolver-rules=MAP *.example.com 127.0.0.1",
]

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { freePort } from "../../../local/loopback.ts"
import { howToInstall, missing, type Installation } from "./engine.ts"

const [driver, xServer] = ["/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb"]

/** WebKitGTK's own small browser. Its WebKit is Safari's, but for the network and what the system provides. */
export const webkit: Installation = {
  name: "WebKit",
  programs: [driver, xServer],
  packages: "webkit2gtk-driver xvfb",
}

/** A browser that has been nowhere, by the protocol of https://www.w3.org/TR/webdriver2/. */
export type WebKit = ReturnType<typeof browserOf>
export type Screen = Awaited<ReturnType<typeof startScreen>>

/** A screen that nobody sees, for the browsers of a file. */
export async function startScreen() {
  if (missing(webkit).length > 0) throw new Error(howToInstall(webkit))
  const args = ["-displayfd", "3", "-screen", "0", "1200x1000x24", "-nolisten", "tcp"]
  const server = spawn(xServer, args, { stdio: ["ignore", "ignore", "ignore", "pipe"], detached: true })
  const [number] = (await once(server.stdio[3] as NodeJS.ReadableStream, "data")) as [Buffer]
  return { name: `:${number.toString().trim()}`, close: () => end(server) }
}

/** Each browser has a driver of its own, because a driver has one session. */
export async function openWebKit(screen: string): Promise<WebKit> {
  const port = await freePort()
  const env = {
    ...process.env,
    DISPLAY: screen,
    // Its sandbox wants namespaces, which root has none of in a container.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
  }
  // With a process group of its own, because the browser does not always end with its driver.
  const started = spawn(driver, [`--port=${port}`], { stdio: "ignore", env, detached: true })
  const address = `http://127.0.0.1:${port}`
  try {
    await until(async () => (await fetch(`${address}/status`)).ok)
    const capabilities = { alwaysMatch: { acceptInsecureCerts: true } }
    const { sessionId } = await send<{ sessionId: string }>("POST", `${address}/session`, { capabilities })
    return browserOf(`${address}/session/${sessionId}`, () => end(started))
  } catch (error) {
    await end(started)
    throw error
  }
}

function browserOf(session: string, endDriver: () => Promise<void>) {
  const get = <T>(path: string) => send<T>("GET", `${session}/${path}`)
  const post = <T>(path: string, body: object = {}) => send<T>("POST", `${session}/${path}`, body)

  /** The path of the element, as soon as it can be seen. */
  const find = (xpath: string): Promise<string> =>
    until(async () => {
      const element = await post<Record<string, string>>("element", { using: "xpath", value: xpath })
      const path = `element/${Object.values(element)[0] ?? ""}`
      return (await get<boolean>(`${path}/displayed`)) && path
    }, xpath)

  const windows = () => get<readonly string[]>("window/handles")
  let isInFrame = false
  const enterFrame = async (): Promise<void> => {
    if (!isInFrame) return
    await post("frame", { id: await post("element", { using: "xpath", value: "//iframe" }) })
  }

  return {
    windows,
    goto: (url: string) => post("url", { url }),
    /** Goes on in the frame of that page, also after a reload. */
    async gotoFrameOf(url: string) {
      await post("url", { url })
      isInFrame = true
      await enterFrame()
    },
    async reload() {
      await post("refresh")
      await enterFrame()
    },
    /** Of the whole page, not of its frame. */
    url: () => get<string>("url"),
    /** Waits until an element is there that can be seen. Each goes on until a time limit. */
    see: find,
    click: async (xpath: string) => await post(`${await find(xpath)}/click`),
    text: async (xpath: string) => await get<string>(`${await find(xpath)}/text`),
    /** Does that in the window that opens, and waits until it is closed. */
    async inPopUp(act: () => Promise<void>) {
      const first = await get<string>("window")
      const handle = await until(async () => (await windows()).find((one) => one !== first))
      await post("window", { handle })
      await act()
      await until(async () => (await windows()).length === 1)
      await post("window", { handle: first })
      await enterFrame()
    },
    async close() {
      try {
        await send("DELETE", session)
      } finally {
        await endDriver()
      }
    },
  }
}

/** Sends one command and gives its value. */
async function send<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(30_000),
    ...(body && { body: JSON.stringify(body) }),
  })
  const { value } = (await response.json()) as { readonly value: T }
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value)}`)
  return value
}

/** Asks until the answer is a good one, e.g. while a page loads; then gives it. */
async function until<T>(ask: () => Promise<T | false | undefined>, what = ""): Promise<T> {
  const giveUp = Date.now() + 20_000
  for (;;) {
    let cause: unknown
    try {
      const answer = await ask()
      if (answer !== false && answer !== undefined) return answer
    } catch (error) {
      cause = error
    }
    if (Date.now() > giveUp) throw new Error(`waited 20 seconds in vain: ${what}`, { cause })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Ends a process that leads a group, and all of the group. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, "exit")
  process.kill(-child.pid)
  await ended
}

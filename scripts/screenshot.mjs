// Signs in on the example page with a browser and takes its pictures: docs/images/example-page.png, and -dark.png.
// Needs a Chromium, at $CHROMIUM or /usr/bin/chromium, and the built functions.
import { createServer } from "node:http"
import { mkdir } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { chromium } from "playwright-core"
import { closeServer, listenOnLoopback } from "../local/loopback.ts"
import { startPage } from "../local/page.ts"
import { startStackWithProvider } from "../local/stack.ts"

const folder = fileURLToPath(new URL("../docs/images/", import.meta.url))
const closers = []
try {
  await takePictures()
} finally {
  for (const close of closers.reverse()) await close()
}

async function takePictures() {
  const { url } = await startEverything()
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"].concat([
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ]),
  })
  closers.push(() => browser.close())
  await mkdir(folder, { recursive: true })
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({
      colorScheme,
      viewport: { width: 1040, height: 720 },
      locale: "en-GB",
      reducedMotion: "reduce",
    })
    await signIn(page, url)
    await refreshTwice(page)
    const name = colorScheme === "light" ? "example-page.png" : "example-page-dark.png"
    await page.screenshot({ path: folder + name, fullPage: true })
    process.stdout.write(`docs/images/${name}\n`)
  }
}

/** The page's port has to be known before it is served: the functions and the provider want its origin. */
async function startEverything() {
  const port = await freePort()
  const stack = await startStackWithProvider({
    origins: [`http://127.0.0.1:${port}`],
    env: { REFRESH_TOKEN_DELIVERY: "cookie" },
  })
  closers.push(() => stack.close())
  const page = await startPage({
    apiUrl: stack.url,
    port,
    delivery: "cookie",
    clientId: stack.provider.clientId,
    authorizationEndpoint: `${stack.provider.url}/login/common/oauth/authorize`,
  })
  closers.push(() => page.close())
  return page
}

async function signIn(page, url) {
  await page.goto(url)
  await page.getByLabel("Tenant").fill("Cust12020")
  await page.getByRole("button", { name: "Sign in with SuperOffice" }).click()
  await page.getByLabel("anna@example.com").check()
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByRole("heading", { name: "anna@example.com" }).waitFor()
}

async function refreshTwice(page) {
  for (const count of ["once", "2 times"]) {
    await page.getByRole("button", { name: "Refresh now" }).click()
    await page.getByText(`Refreshed ${count}`).waitFor()
  }
  // A little of the token's lifetime goes by, and the mouse goes out of the picture.
  await page.mouse.move(0, 0)
  await page.waitForTimeout(3000)
}

async function freePort() {
  const server = createServer()
  const { port } = new URL(await listenOnLoopback(server))
  await closeServer(server)
  return Number(port)
}

// Signs in on the example page with a browser and takes its picture: docs/images/example-page.png.
// Needs a Chromium, at $CHROMIUM or /usr/bin/chromium, and the built functions.
import { fileURLToPath } from "node:url"
import { chromium, type Page } from "playwright-core"
import { startExample } from "../local/example.ts"

const file = fileURLToPath(new URL("../docs/images/example-page.png", import.meta.url))
const closers: (() => Promise<void>)[] = []
try {
  await takePicture()
} finally {
  for (const close of closers.reverse()) await close()
}

async function takePicture(): Promise<void> {
  const example = await startExample({ delivery: "cookie" })
  closers.push(() => example.close())
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"].concat([
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ]),
  })
  closers.push(() => browser.close())
  const page = await browser.newPage({
    colorScheme: "light",
    viewport: { width: 1040, height: 720 },
    locale: "en-GB",
    reducedMotion: "reduce",
  })
  await signIn(page, example.page.url)
  await callOwnApi(page)
  await refreshTwice(page)
  await page.screenshot({ path: file, fullPage: true })
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel("Tenant").fill("Cust12020")
  await page.getByRole("button", { name: "Sign in with SuperOffice" }).click()
  await page.getByLabel("anna@example.com").check()
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByRole("heading", { name: "anna@example.com" }).waitFor()
}

async function callOwnApi(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Call the API" }).click()
  await page.getByText("The API knows you as").waitFor()
}

async function refreshTwice(page: Page): Promise<void> {
  for (const count of ["once", "2 times"]) {
    await page.getByRole("button", { name: "Refresh now" }).click()
    await page.getByText(`Refreshed ${count}`).waitFor()
  }
  // Let some of the token's lifetime pass, and move the mouse out of the picture.
  await page.mouse.move(0, 0)
  await page.waitForTimeout(3000)
}

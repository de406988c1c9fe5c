import { createSecretKey } from "node:crypto"
import type { BrowserContext, Frame, Page } from "playwright-core"
import { afterAll } from "vitest"
import type { RefreshTokenDelivery } from "../../lib/config.ts"
import { seal, unseal, type SealedType } from "../../lib/session/seal.ts"
import type { SealingKey } from "../../lib/ports.ts"
import { makeCertificate } from "../../local/certificate.ts"
import { startExample, type LocalExample } from "../../local/example.ts"
import type { ExampleName } from "../../local/page/assets.ts"
import { users } from "../../local/provider/users.ts"
import { clientSecretText, randomSealingKey, secretId } from "../../local/stack.ts"
import { browserForTests, engine } from "../support/browser.ts"
import type { AllowedCookies } from "../support/engines/engine.ts"
import { watch, type Watch } from "./watch.ts"

export const deliveries = ["cookie", "partitioned", "sealed"] as const satisfies RefreshTokenDelivery[]

export type Scheme = "http" | "https"

/** A sealing key as Secrets Manager holds it. */
type KeyText = ReturnType<typeof randomSealingKey>

/** The example page in a browser that has been nowhere, and the stack behind it. */
export interface App extends LocalExample {
  /** The one tab, at the example page. */
  readonly tab: Page
  readonly context: BrowserContext
  readonly delivery: RefreshTokenDelivery
  readonly watch: Watch
  readonly clientSecret: string
  /** Every line that the functions wrote. */
  readonly log: readonly string[]
  /** What seals, and what opens beside it, from now on; the functions find out by themselves. */
  useSealingKeys(...keys: readonly KeyText[]): void
  /** Opens what the browser keeps, as only the functions should be able to. */
  open(type: SealedType): Promise<Json>
  /** Puts something sealed with the same key in its place. */
  replace(type: SealedType, content: object): Promise<void>
  /** One more tab of the same browser, at the example page. */
  newTab(): Promise<Page>
  /** A tab of another browser, which has been nowhere. */
  newBrowser(): Promise<Page>
}

type Json = Readonly<Record<string, unknown>>

export interface AppOptions {
  readonly example?: ExampleName
  readonly delivery: RefreshTokenDelivery
  readonly scheme?: Scheme
  readonly env?: Readonly<Record<string, string>>
  readonly frameAncestors?: readonly string[]
  /** The hosts of page and API, below `example.com`. Over https, the certificate is for these. */
  readonly hostNames?: { readonly page: string; readonly api: string }
  /** Without it, the browser keeps third-party cookies for each site alone, as users' browsers do who changed nothing. */
  readonly cookies?: AllowedCookies
  /** For a test that changes the stack, its secret or the provider. Other tests of a file share a stack. */
  readonly hasOwnStack?: boolean
}

/** The example, and what it writes and keeps. */
interface RunningStack extends Pick<App, "clientSecret" | "log" | "useSealingKeys"> {
  readonly example: LocalExample
  readonly keys: () => readonly KeyText[]
}

const { browser, closeAfterTest } = browserForTests()
export { closeAfterTest }

export async function openApp({ cookies, hasOwnStack = false, ...options }: AppOptions): Promise<App> {
  const { delivery } = options
  const running = hasOwnStack ? await startOwnStack(options) : await shareStack(options)
  const { example, keys, ...rest } = running

  const tab = cookies ? await newBrowserWith(cookies) : await newBrowser()
  const context = tab.context()
  const store = storeOf(tab, context, delivery)
  return {
    ...example,
    ...rest,
    tab,
    context,
    delivery,
    watch: watch(context),
    async open(type) {
      const content = await unseal(type, (await store.read(type)).value, keys().map(sealingKey))
      if (content === undefined) throw new Error(`what the browser keeps is no ${type} of this test`)
      return content
    },
    async replace(type, content) {
      await store.write(type, await seal(type, content, keys().map(sealingKey)))
    },
    async newTab() {
      const next = await context.newPage()
      await next.goto(example.page.url)
      return next
    },
    newBrowser,
  }
}

type StackOptions = Omit<AppOptions, "cookies" | "hasOwnStack">

/** The stacks of this file, by their options. To start one takes longer than most journeys. */
const stacks = new Map<string, Promise<RunningStack>>()
afterAll(async () => {
  for (const running of stacks.values()) await (await running).example.close()
})

async function shareStack(options: StackOptions): Promise<RunningStack> {
  const key = JSON.stringify(options)
  const running = stacks.get(key) ?? startExampleStack(options)
  stacks.set(key, running)
  return await running
}

async function startOwnStack(options: StackOptions): Promise<RunningStack> {
  const running = await startExampleStack(options)
  closeAfterTest(() => running.example.close())
  return running
}

async function startExampleStack({ scheme = "http", ...options }: StackOptions): Promise<RunningStack> {
  const log: string[] = []
  const tls = scheme === "https" && makeCertificate(["127.0.0.1", ...Object.values(options.hostNames ?? {})])
  const example = await startExample({
    ...options,
    ...(tls && { tls }),
    onLog: (line) => log.push(line),
  })
  const { stack, provider } = example
  const clientSecret = "the-client-secret-of-this-test"
  let keys: readonly KeyText[] = []
  const useSealingKeys = (...next: readonly KeyText[]): void => {
    keys = next
    stack.secretsManager.put(secretId, clientSecretText(provider.clientId, clientSecret, [...next]))
  }
  provider.replaceClientSecret(clientSecret)
  useSealingKeys(randomSealingKey("first"))
  return { example, clientSecret, log, useSealingKeys, keys: () => keys }
}

/** The first tab of a browser that shares nothing with another one. */
async function newBrowser(): Promise<Page> {
  // The certificate was made a moment ago, so this browser cannot know it; `npm start -- --https` says how a person
  // trusts it.
  const context = await browser().newContext({ ignoreHTTPSErrors: true })
  closeAfterTest(() => context.close())
  return await context.newPage()
}

async function newBrowserWith(cookies: AllowedCookies): Promise<Page> {
  const { context, close } = await engine.launchWith(cookies)
  closeAfterTest(close)
  return await context.newPage()
}

/** Chooses on the login page, which is there already. */
export async function choose(tab: Page, user = "Cust12020/anna"): Promise<void> {
  await tab.locator(`input[value="${user}"]`).check()
  await tab.getByRole("button", { name: "Sign in", exact: true }).click()
}

/** Goes to the login page by the page's button. */
export async function leaveForLogin(tab: Page): Promise<void> {
  await tab.getByRole("button", { name: "Sign in with SuperOffice" }).click()
  await tab.waitForURL(/\/login\//)
}

/** Signs in as a person does. */
export async function signIn(app: App, tab = app.tab, user = "Cust12020/anna"): Promise<void> {
  if (tab.url() === "about:blank") await tab.goto(app.page.url)
  await leaveForLogin(tab)
  await choose(tab, user)
  await isSignedIn(tab, emailOf(user))
}

/** The e-mail address of a sample user, by which the page calls users whose names are not in the claims. */
export function emailOf(user: string): string {
  return users.find(({ id }) => id === user)?.email ?? user
}

/** Waits until the page shows the user. */
export async function isSignedIn(tab: Page | Frame, name = "anna@example.com"): Promise<void> {
  await tab.getByRole("heading", { name }).waitFor()
}

/** Waits until the page offers to sign in. */
export async function isSignedOut(tab: Page | Frame): Promise<void> {
  await tab.getByRole("button", { name: "Sign in with SuperOffice" }).waitFor()
}

/** The access token as the page shows it, shortened. */
export async function shownToken(tab: Page | Frame): Promise<string> {
  return await tab.locator("#token").innerText()
}

/** Refreshes by the page's button, and gives the token that is shown then. */
export async function refresh(tab: Page | Frame): Promise<string> {
  const before = await shownToken(tab)
  await tab.getByRole("button", { name: "Refresh now" }).click()
  await tab.locator("#token", { hasNotText: before }).waitFor()
  return await shownToken(tab)
}

/** What the page tells the user, with the code. */
export async function message(tab: Page | Frame): Promise<string> {
  const shown = tab.getByRole("alert")
  await shown.waitFor()
  return await shown.innerText()
}

function sealingKey({ kid, key }: KeyText): SealingKey {
  return { kid, key: createSecretKey(Buffer.from(key, "base64url")) }
}

/** Where the browser keeps what is sealed: a cookie, or in delivery `sealed` the tab's sessionStorage. */
function storeOf(tab: Page, context: BrowserContext, delivery: RefreshTokenDelivery) {
  if (delivery === "sealed") {
    const key = "Object.keys(sessionStorage).find((key) => key.endsWith(' sealed'))"
    return {
      read: async () => ({ value: await tab.evaluate<string>(`sessionStorage.getItem(${key})`) }),
      write: async (_type: SealedType, value: string) => {
        await tab.evaluate(`sessionStorage.setItem(${key}, ${JSON.stringify(value)})`)
      },
    }
  }
  const read = async (type: SealedType) => {
    const cookies = await context.cookies()
    const [found, ...more] = cookies.filter(({ name }) => name.startsWith(`__Host-${type}-`))
    if (!found || more.length > 0) throw new Error(`expected one cookie of ${type}`)
    return found
  }
  return {
    read,
    write: async (type: SealedType, value: string) => {
      await context.addCookies([{ ...(await read(type)), value }])
    },
  }
}

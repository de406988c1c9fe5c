import { createSecretKey } from "node:crypto"
import type { BrowserContext, Cookie, Page } from "playwright-core"
import { afterAll } from "vitest"
import type { RefreshTokenDelivery } from "../../lib/config.ts"
import { unseal, type SealedType } from "../../lib/session/seal.ts"
import { makeCertificate } from "../../harness/certificate.ts"
import { startExample, type LocalExample } from "../../local/example.ts"
import type { ExampleName } from "../../local/page/assets.ts"
import { clientSecretText, randomSealingKey, secretId } from "../../local/stack.ts"
import { browserForTests, engine } from "../support/browser.ts"
import type { AllowedCookies } from "../support/engines/engine.ts"
import { watch, type Watch } from "./watch.ts"

export type Scheme = "http" | "https"

/** An example page in a browser that has been nowhere, and the stack behind it. */
export interface App extends LocalExample {
  /** The first tab. */
  readonly tab: Page
  readonly context: BrowserContext
  readonly watch: Watch
  readonly clientSecret: string
  /** Opens what the browser keeps, as only the functions should be able to. */
  open(type: SealedType): Promise<Readonly<Record<string, unknown>>>
  /** One more tab of the same browser, at the example page. */
  newTab(): Promise<Page>
}

export interface AppOptions {
  readonly example?: ExampleName
  readonly delivery: RefreshTokenDelivery
  readonly scheme?: Scheme
  readonly frameAncestors?: readonly string[]
  /** The hosts of page and API, below `example.com`. Over https, the certificate is for these. */
  readonly hostNames?: { readonly page: string; readonly api: string }
  /** Without it, the browser keeps third-party cookies for each site alone, as users' browsers do who changed nothing. */
  readonly cookies?: AllowedCookies
}

const { browser, closeAfterTest } = browserForTests()
export { closeAfterTest }

/** With the tab at the example page, or at a path of its server. */
export async function openApp(options: AppOptions, path = ""): Promise<App> {
  const app = await openBrowser(options)
  await app.tab.goto(app.page.url + path)
  return app
}

/** With an empty tab. */
export async function openBrowser({ cookies, scheme = "http", ...options }: AppOptions): Promise<App> {
  const example = await shareExample({ scheme, ...options })
  const tab = cookies ? await newBrowserWith(cookies) : await newBrowser()
  const context = tab.context()
  return {
    ...example,
    tab,
    context,
    clientSecret,
    watch: watch(context),
    async open(type) {
      const sealed = options.delivery === "sealed" ? await storedIn(tab) : await cookieOf(context, type)
      const content = await unseal(type, sealed, [{ kid, key: createSecretKey(key, "base64url") }])
      if (content === undefined) throw new Error(`what the browser keeps is no ${type} of this test`)
      return content
    },
    async newTab() {
      const next = await context.newPage()
      await next.goto(example.page.url)
      return next
    },
  }
}

const clientSecret = "the-client-secret-of-this-test"
const { kid, key } = randomSealingKey("first")

type StackOptions = Omit<AppOptions, "cookies">

/** The examples of this file, by their options. To start one takes longer than most journeys. */
const examples = new Map<string, Promise<LocalExample>>()
afterAll(async () => {
  for (const example of examples.values()) await (await example).close()
})

function shareExample(options: StackOptions): Promise<LocalExample> {
  const name = JSON.stringify(options)
  const example = examples.get(name) ?? startOne(options)
  examples.set(name, example)
  return example
}

async function startOne({ scheme, ...options }: StackOptions): Promise<LocalExample> {
  const tls = scheme === "https" && makeCertificate(["127.0.0.1", ...Object.values(options.hostNames ?? {})])
  const example = await startExample({ ...options, ...(tls && { tls }) })
  const { stack, provider } = example
  provider.replaceClientSecret(clientSecret)
  stack.secretsManager.put(secretId, clientSecretText(provider.clientId, clientSecret, [{ kid, key }]))
  return example
}

/** A tab of a browser that has been nowhere, and shares nothing with another one. */
export async function newBrowser(): Promise<Page> {
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

/** What a page of delivery `sealed` keeps. */
async function storedIn(tab: Page): Promise<string> {
  const key = "Object.keys(sessionStorage).find((key) => key.endsWith(' sealed'))"
  return await tab.evaluate(`sessionStorage.getItem(${key})`)
}

async function cookieOf(context: BrowserContext, type: SealedType): Promise<string> {
  const [found, ...more] = await cookiesOf(context, type)
  if (!found || more.length > 0) throw new Error(`expected one cookie of ${type}`)
  return found.value
}

/** The requests by which the browser left for the login page. */
export function leftForLogin({ watch }: App): readonly string[] {
  return watch.urls.filter((url) => url.includes("/oauth/authorize"))
}

/** The functions' cookies of one kind. */
export async function cookiesOf(context: BrowserContext, type: SealedType): Promise<readonly Cookie[]> {
  return (await context.cookies()).filter(({ name }) => name.startsWith(`__Host-${type}-`))
}

import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { checkExamples, compilerOptions, publicNamesOf, readFile } from "./doc-examples.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** What the page of an example's reader has: its settings, its elements, and functions that show something. */
const browserPrelude = `
declare const client: Client
declare const api: string, redirectUri: string
declare const button: HTMLButtonElement
declare const controller: AbortController
declare function showSignIn(): void
declare function showApplication(session: Session | undefined): void
declare function showUser(ctx: string, associateid: number | undefined): void
declare function showError(text: string, requestId: string | undefined): void
declare function textFor(code: ClientErrorCode): string
`

/** What the reader's cloud function has: the values of a sign-in, a store for tokens, and the AWS SDK. */
const cloudPrelude = `
import { LambdaClient } from "@aws-sdk/client-lambda"
declare const tokens: Client, transport: Transport
declare const accessTokens: AccessTokenCache, tickets: TicketCache
declare const code: string, redirect_uri: string, code_verifier: string, nonce: string, state: string
declare const refresh_token: string, system_token: string, clientSecret: string, claimsOfTheSignIn: Claims
declare const sub: string, ctx: string
declare const headers: Headers, response: Response
declare function store(claims: AllClaims, refreshToken: string | undefined): Promise<void>
declare function askToSignInAgain(code: CallError["code"]): void
declare function fromNodeProviderChain(): () => Promise<AwsCredentials>
`

const entries = [
  {
    entry: "client/browser.ts",
    config: "client/tsconfig.json",
    prelude: browserPrelude,
    known: ["createClient", "TokenExchangeError", "RevokeTokenResponse", "Client.signIn"],
  },
  {
    entry: "client/cloud.ts",
    config: "tsconfig.json",
    prelude: cloudPrelude,
    known: ["overLambda", "Claims", "TokenRequest", "ErrorCode", "Client.token", "Transport.call"],
  },
]

describe.each(entries.map((one) => [one.entry, one] as const))("the package's entry %s", (entry, one) => {
  const { config, prelude, known } = one
  const path = `${root}${entry}`
  const names = publicNamesOf(path)

  it("has an example for every export and every method", () => {
    expect(names.map(({ name }) => name)).toEqual(expect.arrayContaining(known))
    expect(names.filter(({ examples }) => examples.length === 0)).toEqual([])
  })

  it("has examples that compile", { timeout: 60_000 }, () => {
    const checked = checkExamples({ path, options: compilerOptions(`${root}${config}`), prelude })
    expect(checked.length).toBeGreaterThanOrEqual(names.length)
    expect(checked.filter(([, errors]) => errors.length > 0)).toEqual([])
  })
})

it("an export without an example, and an example that does not compile, are reported", () => {
  const path = `${root}test/client/inline.ts`
  const files: Readonly<Record<string, string>> = {
    [`${root}test/client/inline-shared.ts`]: `
      /** Has no example. */
      export interface Bare {
        /** @example */
        run(): void
        stop: () => void
      }`,
    [path]: `
      export type * from "./inline-shared.ts"
      /**
       * @example
       * const four: number = double("2")
       * @example
       * const double: number = two
       * @example
       * const four = double(nobody)
       * @example
       * const four = double(2
       */
      export function double(value: number): number {
        return 2 * value
      }
      function hidden(): void {}`,
  }
  const read = (name: string) => files[name] ?? readFile(name)
  const names = publicNamesOf(path, read)
  expect(names.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([
    "Bare",
    "Bare.run",
  ])
  const options = { ...compilerOptions(`${root}tsconfig.json`), types: [] }
  expect(checkExamples({ path, options, prelude: "declare const two: number", read })).toEqual([
    ["double", [expect.stringMatching(/^const four: number = double\("2"\): .*not assignable/)]],
    ["double", []],
    ["double", [expect.stringContaining("Cannot find name 'nobody'")]],
    ["double", [expect.stringContaining("expected")]],
  ])
})

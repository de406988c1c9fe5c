import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { compilerOptions, docExamplesOf } from "./doc-examples.ts"

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
  [
    "client/browser.ts",
    {
      config: "client/tsconfig.json",
      prelude: browserPrelude,
      known: ["createClient", "TokenExchangeError", "RevokeTokenResponse", "Client.signIn"],
    },
  ],
  [
    "client/cloud.ts",
    {
      config: "tsconfig.json",
      prelude: cloudPrelude,
      known: [
        "overLambda",
        "Claims",
        "Tenant",
        "TokenRequest",
        "ErrorCode",
        "Client.token",
        "Transport.call",
        "cacheAccessTokens",
        "TicketCache.invalidate",
      ],
    },
  ],
] as const

describe.each(entries)("the package's entry %s", (entry, { config, prelude, known }) => {
  const options = compilerOptions(`${root}${config}`)
  const { names, without, checked } = docExamplesOf({ path: `${root}${entry}`, options, prelude })

  it("has an example for every export and every method", () => {
    expect(names).toEqual(expect.arrayContaining([...known]))
    expect(without).toEqual([])
  })

  it.each(checked)("the example of %s compiles", (_, errors) => {
    expect(errors).toEqual([])
  })
})

describe("the check itself", () => {
  const path = `${root}test/client/inline.ts`
  const shared = `${root}test/client/inline-shared.ts`
  const inline = docExamplesOf({
    path,
    options: { ...compilerOptions(`${root}tsconfig.json`), types: [] },
    prelude: "declare const two: number",
    files: new Map([
      [
        shared,
        `/** Has no example. */
        export type Bare = string
        export interface Other {
          /**
           * @example
           */
          run(): void
          stop: () => void
        }`,
      ],
      [
        path,
        `export type * from "./inline-shared.ts"
        /**
         * @example
         * const four: number = double("2")
         * @example
         * const two: number = await Promise.resolve(double(2))
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
        /** Nobody outside sees it. */
        export class Counter {
          /** Counts. */
          count(): void {}
          // @example is only a word here.
          reset(): void {}
        }
        function hidden(): void {}`,
      ],
    ]),
  })
  const errors = Object.fromEntries(inline.checked)

  it("reports exports and methods without an example, also of other files", () => {
    expect(inline.without.toSorted()).toEqual([
      "Bare",
      "Counter",
      "Counter.count",
      "Counter.reset",
      "Other",
      "Other.run",
    ])
  })

  it("reports a type error, an unknown name and a syntax error", () => {
    expect(errors).toEqual({
      double: [expect.stringMatching(/^const four: number = double\("2"\): .*not assignable/)],
      "double (2)": [],
      "double (3)": [],
      "double (4)": [expect.stringContaining("Cannot find name 'nobody'")],
      "double (5)": [expect.stringContaining("expected")],
    })
  })
})

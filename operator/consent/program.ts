import { authorizationUrl, beginLogin, loginMaxAgeSeconds } from "../../lib/session/login.ts"
import { openBrowser } from "./browser.ts"
import { listenForAnswer, type CallbackServer, type SignInAnswer } from "./callback.ts"
import { readConsent } from "./consented.ts"
import { connect, readClientId, redeem, tryExchange } from "./functions.ts"
import { readConsentOptions, usage, type ConsentOptions } from "./options.ts"
import { prepareSecret, storeConsent } from "./tenant-secret.ts"
import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import type { Program } from "../run.ts"
import { openStore } from "../secret/store.ts"
import { bold, print } from "../terminal.ts"

/** `npm run consent`. */
export const consent: Program<ConsentOptions> = { usage, readOptions: readConsentOptions, execute: obtain }

/** Everything that can be wrong here is told before anybody signs in. */
async function obtain(options: ConsentOptions): Promise<boolean> {
  const { config, tenant, deployment, redirectUri } = options
  print(bold(`Consent of ${tenant} to the application of stage ${deployment.stage} at ${config.environment}`))
  const store = await openStore(options.secret)
  await prepareSecret(store, options)
  const functions = await connect(options)
  const clientId = await readClientId(functions, options)
  await tryExchange(functions, options)
  const login = beginLogin(redirectUri)
  const server = await listenForAnswer(redirectUri, login.state)
  const { authorization: endpoint } = config.endpoints
  const url = authorizationUrl(login, { endpoint, clientId, tenant, loginHint: undefined })
  const answer = await askToSignIn(url, server, options).finally(() => void server.close())
  const tokens = await redeem(functions, answer, login, options)
  const { content, isComplete } = readConsent(tokens, options, new Date())
  await storeConsent(store, content, options)
  return isComplete
}

async function askToSignIn(
  url: string,
  server: CallbackServer,
  { tenant, redirectUri, opensBrowser, command }: ConsentOptions,
): Promise<Extract<SignInAnswer, { kind: "code" }>> {
  const stopping = new AbortController()
  const stop = (): void => {
    stopping.abort()
  }
  process.once("SIGINT", stop)
  print(`Redirect URI ${redirectUri}, which has to be registered for the application at SuperOffice.`)
  print(`
An administrator of ${tenant} signs in on this machine, within ten minutes, at

  ${url}

Ctrl-C ends this. For an administrator somewhere else, see "First consent" in docs/secrets.md.
`)
  if (opensBrowser && process.stdout.isTTY) openBrowser(url)
  const answer = await server.answer(loginMaxAgeSeconds * 1000, stopping.signal)
  process.off("SIGINT", stop)
  if (answer?.kind === "code") return answer
  if (stopping.signal.aborted) {
    process.stderr.write("\nNothing was changed.\n")
    process.exit(130)
  }
  if (answer === undefined) {
    throw new CommandFailure(
      `Nobody has signed in within ten minutes: nothing was changed. Begin again: ${command}`,
    )
  }
  throw new CommandFailure(explain(answer.error, command))
}

/** The error is printed escaped, because it came through a browser. */
function explain(error: string, command: string): string {
  const why =
    error === "access_denied"
      ? "The sign-in was cancelled, or SuperOffice refused it, for example because the user is no administrator of the tenant"
      : "SuperOffice answered the sign-in with an error"
  return `${why} (${plain(error, 100)}): nothing was changed. Begin again: ${command}`
}

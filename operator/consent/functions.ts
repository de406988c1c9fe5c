import { LambdaClient } from "@aws-sdk/client-lambda"
import {
  createClient,
  overLambda,
  type CallError,
  type Client,
  type TokenResponse,
} from "../../client/cloud.ts"
import { isPlainObject } from "../../lib/json.ts"
import type { Login } from "../../lib/session/login.ts"
import { profileOption } from "../aws-failure.ts"
import { serviceName } from "../deployment/settings.ts"
import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import { regionOf } from "../region.ts"
import { openStack, outputsOf } from "../stack/stack.ts"
import { timeoutMs } from "../time-out.ts"
import type { SignInAnswer } from "./callback.ts"
import type { ConsentOptions } from "./options.ts"

type Members = Readonly<Partial<Record<string, unknown>>>

/** The deployed functions, invoked directly: the client secret stays where it is. Throws `CommandFailure`. */
export async function connect({ deployment, stageWords }: ConsentOptions): Promise<Client> {
  const client = new LambdaClient({})
  const region = await regionOf(client)
  const stack = await openStack(deployment.stage).describe()
  if (stack === undefined) {
    throw new CommandFailure(
      `There is no stack ${serviceName}-${deployment.stage} in ${region} of this account: check --stage, the region and ` +
        `the AWS profile. To make it: npm run deploy -- ${stageWords}`,
    )
  }
  const outputs = outputsOf(stack)
  const [health, exchangeCode] = ["HealthFunctionArn", "ExchangeCodeFunctionArn"].map((name) => {
    const arn = outputs.get(name)
    if (arn !== undefined) return arn
    throw new CommandFailure(
      `The stack ${serviceName}-${deployment.stage} has no output ${name}, and its status is ` +
        `${plain(stack.StackStatus ?? "unknown", 64)}: finish or repeat the deployment: npm run deploy -- ${stageWords}`,
    )
  })
  const functions = { health: health ?? "", "exchange-code": exchangeCode ?? "" }
  return createClient(overLambda({ client, functions }), { timeoutMs })
}

/** Asks the functions for the application's client id, and holds them to the environment that is meant. */
export async function readClientId(
  functions: Client,
  { config, stageWords }: ConsentOptions,
): Promise<string> {
  const result = await functions.health()
  if (!result.ok) throw failureOf("health", result.error)
  // An older deployment does not send the client id, and any function could have answered.
  const { environment, secret }: Members = { ...result.value }
  const { client_id: clientId, error, problem }: Members = isPlainObject(secret) ? secret : {}
  if (environment !== config.environment) {
    const other = typeof environment === "string" ? plain(environment, 32) : "an unknown environment"
    throw new CommandFailure(
      `The deployed functions are of ${other}, but deployment.yml means ${config.environment}: correct environment there, or ` +
        "deploy.",
    )
  }
  if (clientId === undefined) {
    throw new CommandFailure(
      "The deployed functions are older than this command: their health does not tell the client id. Deploy this version: " +
        `npm run deploy -- ${stageWords}`,
    )
  }
  if (typeof clientId === "string" && /^[\x21-\x7e]{1,255}$/.test(clientId)) return clientId
  const why = [error, problem].filter((part) => typeof part === "string").join(": ")
  throw new CommandFailure(
    `The deployed functions cannot use the client secret (${plain(why)}). To see more: npm run secret -- status ${stageWords}`,
  )
}

/**
 * Proves, before anybody signs in, that exchange-code may be called and accepts the redirect URI. The code verifier is none,
 * so the function refuses the request and sends nothing to SuperOffice.
 */
export async function tryExchange(
  functions: Client,
  { redirectUri, stageWords }: ConsentOptions,
): Promise<void> {
  const request = { code: "none", redirect_uri: redirectUri, code_verifier: "none" }
  const result = await functions.exchangeCode(request)
  if (result.ok)
    throw new CommandFailure("exchange-code accepted a code verifier that is none: deploy again.")
  const { code, error_description: description }: Members = { ...result.error }
  if (code !== "request_invalid") throw failureOf("exchange-code", result.error)
  if (typeof description === "string" && description.includes('"redirect_uri"')) {
    throw new CommandFailure(
      `The deployed functions do not accept ${redirectUri}, because their allowedRedirectUris lacks it: deploy what ` +
        `deployment.yml says now: npm run deploy -- ${stageWords}`,
    )
  }
}

/** Has the deployed function redeem the code. It is sent once. */
export async function redeem(
  functions: Client,
  { code, iss }: Extract<SignInAnswer, { kind: "code" }>,
  { redirectUri, codeVerifier, nonce }: Login,
  { command }: ConsentOptions,
): Promise<TokenResponse> {
  const result = await functions.exchangeCode({
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
    nonce,
    ...(iss !== undefined && { iss }),
  })
  if (result.ok) return result.value
  const { message } = failureOf("exchange-code", result.error)
  throw new CommandFailure(
    `${message} Nothing was stored. The code cannot be used again, so a new sign-in is needed: ${command}`,
  )
}

/** The functions' sentences hold nothing of a request, but any function could have answered. */
function failureOf(name: string, error: CallError): CommandFailure {
  if (error.code === "not_permitted") {
    return new CommandFailure(
      `These credentials may not call lambda:InvokeFunction on ${name}: attach OperatorPolicy and CallerPolicy of the ` +
        `deployment. To see whose they are: aws sts get-caller-identity${profileOption()}`,
    )
  }
  const { error_description: description }: Members = { ...error }
  const id = "request_id" in error ? ` (request_id ${plain(error.request_id, 64)})` : ""
  const said = typeof description === "string" ? `: ${plain(description, 300)}` : "."
  return new CommandFailure(`${name} answered ${plain(error.code, 64)}${id}${said}`)
}

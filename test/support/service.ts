import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { kmsKeyArn } from "./deployments.ts"
import { account, list, object, ofType, text } from "./template.ts"
import type { Json, JsonObject, StackTemplate } from "./template.ts"

/** What the repository's `serverless.yml` says of each function. */
export const functions = (
  parse(readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8"), { logLevel: "silent" }) as {
    functions: Record<string, { handler: string }>
  }
).functions
export const functionNames = Object.keys(functions)

/** The functions with callers: every one but that which publishes documents to everybody. */
const calledFunctions = functionNames.filter((name) => name !== "well-known")

/** The functions that other cloud functions may call; beginning a sign-in is for pages alone. */
export const cloudFunctions = calledFunctions.filter((name) => name !== "start-login")

/** The functions that pages may call; what acts without a user, or tells about the deployment, is not for them. */
export const pageFunctions = calledFunctions.filter(
  (name) => !["authenticate-system-user", "health"].includes(name),
)

/** The functions that redeem a grant, and so can sign a token for the partner's own API. */
export const tokenFunctions = ["exchange-code", "refresh-token", "token"]

/** Properties of a function in a stack. */
export function lambda(stack: StackTemplate, name: string): JsonObject {
  const handler = functions[name]?.handler
  return object(ofType(stack, "AWS::Lambda::Function").find(({ Handler }) => Handler === handler))
}

export function deployedName(stack: StackTemplate, name: string): string {
  return text(lambda(stack, name).FunctionName)
}

export function deployedArn(stack: StackTemplate, name: string): string {
  return `${arnPrefix("lambda")}function:${deployedName(stack, name)}`
}

export function environment(stack: StackTemplate, name: string): JsonObject {
  return object(object(lambda(stack, name).Environment).Variables)
}

export function arnPrefix(service: string): string {
  return `arn:${account.partition}:${service}:${account.region}:${account.id}:`
}

export function statementsOf(document: Json | undefined): JsonObject[] {
  return list(object(document).Statement).map(object)
}

/** Secrets Manager adds a hyphen and six characters to a name: "?" stands for exactly one, so no longer name fits. */
export function readSecret(Resource: string): JsonObject {
  return { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource }
}

/** Only by way of Secrets Manager. */
export const decryptSecrets: JsonObject = {
  Effect: "Allow",
  Action: "kms:Decrypt",
  Resource: kmsKeyArn,
  Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${account.region}.amazonaws.com` } },
}

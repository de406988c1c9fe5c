import { onTestFinished, vi } from "vitest"
import { clientId } from "../../harness/id-tokens.ts"
import { http, startScriptedServer } from "./scripted-server.ts"

/** What Secrets Manager answers to one call: an answer as it stands on the wire, or never. */
export type AwsAnswer =
  | { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
  | "hangs"
  | "hangs up"

/** A server that answers the AWS SDK as a test wants it; it is not Secrets Manager. */
export interface AwsEndpoint {
  readonly url: string
  /** Operation and input of every call. */
  readonly calls: { readonly target: string | undefined; readonly input: unknown }[]
  /** What is answered first, one call each. */
  readonly first: AwsAnswer[]
  /** What is answered after that, from now on. */
  answer: AwsAnswer
  close(): Promise<void>
}

/** Starts an endpoint for one test. Until the test ends, the environment leads the AWS SDK to it. */
export async function serveAws(): Promise<AwsEndpoint> {
  const endpoint = await startAwsEndpoint()
  for (const [name, value] of Object.entries(awsVariables(endpoint))) vi.stubEnv(name, value)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await endpoint.close()
  })
  return endpoint
}

export async function startAwsEndpoint(): Promise<AwsEndpoint> {
  const endpoint = { calls: [], first: [], answer: secretAnswer() } as unknown as AwsEndpoint
  const { url, close } = await startScriptedServer({
    onRequest(socket, request) {
      const [, target] = /^x-amz-target: *(.*)\r$/im.exec(request) ?? []
      const [, body = ""] = request.split("\r\n\r\n")
      endpoint.calls.push({ target, input: JSON.parse(Buffer.from(body, "latin1").toString()) })
      const answer = endpoint.first.shift() ?? endpoint.answer
      if (answer === "hangs up") socket.destroy()
      if (typeof answer === "string") return
      const headers = { "Content-Type": "application/x-amz-json-1.1", ...answer.headers }
      const lines = Object.entries(headers).map((header) => header.join(": "))
      socket.write(http(answer.status, answer.body, lines))
    },
  })
  return Object.assign(endpoint, { url, close })
}

/** The answer to GetSecretValue for a whole client secret, or what is given in its place. */
export function secretAnswer(changes: Readonly<Record<string, unknown>> = {}): AwsAnswer {
  return {
    status: 200,
    body: JSON.stringify({
      ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:superoffice/sod-AbCdEf",
      Name: "superoffice/sod",
      VersionId: "v1",
      SecretString: JSON.stringify({ client_id: clientId, client_secret: "client-secret-one" }),
      VersionStages: ["AWSCURRENT"],
      ...changes,
    }),
  }
}

/** An error as AWS writes it in JSON 1.1. */
export function awsError(
  status: number,
  type: string,
  message = "text by AWS that may name the caller",
): AwsAnswer {
  return { status, body: JSON.stringify({ __type: type, Message: message }) }
}

/** The variables that lead the SDK to an endpoint, and what it needs to sign. */
export function awsVariables({ url }: Pick<AwsEndpoint, "url">): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIALOCAL",
    AWS_SECRET_ACCESS_KEY: "local",
  }
}

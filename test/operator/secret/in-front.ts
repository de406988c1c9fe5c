import { createServer } from "node:http"
import { text } from "node:stream/consumers"
import { onTestFinished } from "vitest"
import { closeServer, listenOnLoopback } from "../../../local/loopback.ts"
import { send, signedHeaders } from "../../support/signed-request.ts"
import { aws, credentials } from "./local-secret.ts"

/** A call to Secrets Manager. */
export interface Call {
  readonly operation: string
  /** Name or ARN; CreateSecret has it as `Name`. */
  readonly secretId: string
}

/** What becomes of a call: an error, or more in its answer, or it is made and its answer gets lost, or no connection. */
export type Meddling =
  | { readonly error: string; readonly message?: string }
  | { readonly adds: object }
  | "loses the answer"
  | "hangs up"
  | undefined

/** Stands before the Secrets Manager of the test, and meddles with the calls that `meddle` chooses. Returns its URL. */
export async function startInFront(meddle: (call: Call) => Meddling): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const target = String(request.headers["x-amz-target"])
      const body = await text(request)
      const { SecretId, Name } = JSON.parse(body) as { readonly SecretId?: string; readonly Name?: string }
      const operation = target.replace("secretsmanager.", "")
      const meddling = meddle({ operation, secretId: SecretId ?? Name ?? "" })
      if (typeof meddling === "object" && "error" in meddling) {
        response.writeHead(400).end(JSON.stringify({ __type: meddling.error, Message: meddling.message }))
        return
      }
      if (meddling === "hangs up") {
        response.destroy()
        return
      }
      const headers = { "x-amz-target": target }
      const post = { url: aws.url, service: "secretsmanager", headers, body, credentials }
      const answer = await send(aws.url, await signedHeaders(post), body)
      if (meddling === "loses the answer") response.destroy()
      else if (meddling)
        response.end(JSON.stringify({ ...(JSON.parse(answer.body) as object), ...meddling.adds }))
      else response.writeHead(answer.status ?? 500).end(answer.body)
    })()
  })
  onTestFinished(() => closeServer(server))
  return await listenOnLoopback(server)
}

/** Adds these members to what DescribeSecret answers of every secret, or of one. */
export async function startDescribing(adds: object, ofSecret?: string): Promise<string> {
  return await startInFront(({ operation, secretId }) =>
    operation === "DescribeSecret" && (ofSecret ?? secretId) === secretId ? { adds } : undefined,
  )
}

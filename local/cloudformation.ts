import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { LocalCredentials } from "./credentials.ts"
import { readGuarded } from "./guard.ts"
import { closeServer, createWebServer, listenOnLoopback } from "./loopback.ts"

/** The DescribeStacks operation of CloudFormation's API, on loopback. */
export interface LocalCloudFormation {
  /** What `AWS_ENDPOINT_URL_CLOUDFORMATION` should be. */
  readonly url: string
  close(): Promise<void>
}

export interface CloudFormationOptions {
  /** The service of `serverless.yml`: a stack of every stage of it exists. */
  readonly service: string
  /** The outputs of each stack, by name. */
  readonly outputs: Readonly<Record<string, string>>
  /** Only requests that are signed with these are answered. */
  readonly credentials: LocalCredentials
}

/**
 * Starts the AWS query endpoint that the AWS SDK and CLI speak to. Every stage has the same outputs, because the local stack
 * is all of them. It answers only callers that have the key of this run.
 *
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html}
 */
export async function startCloudFormation(options: CloudFormationOptions): Promise<LocalCloudFormation> {
  const { credentials } = options
  const createdAt = new Date()

  async function answer(message: IncomingMessage): Promise<QueryAnswer> {
    const { request, refusal } = await readGuarded(message, { credentials, service: "cloudformation" })
    if (refusal) return failure(refusal.status, refusal.type, refusal.message)
    const fields = new URLSearchParams(request.body.toString())
    if (fields.get("Action") !== "DescribeStacks") {
      return failure(400, "InvalidAction", "Only DescribeStacks is supported.")
    }
    const name = fields.get("StackName") ?? ""
    return isStackOf(options.service, name)
      ? { status: 200, body: describeStacks(name, createdAt, options) }
      : failure(400, "ValidationError", `Stack with id ${name} does not exist`)
  }

  const server = createWebServer(async (request, response) => {
    const { status, body } = await answer(request)
    response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": randomUUID() }).end(body)
  })
  return { url: await listenOnLoopback(server), close: () => closeServer(server) }
}

interface QueryAnswer {
  readonly status: number
  readonly body: string
}

function isStackOf(service: string, name: string): boolean {
  return name.startsWith(`${service}-`) && /^[A-Za-z][\w-]{0,127}$/.test(name)
}

function describeStacks(
  name: string,
  createdAt: Date,
  { outputs, credentials }: CloudFormationOptions,
): string {
  const { region, accountId } = credentials
  const stack = element("member", [
    element("StackName", name),
    element("StackId", `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/local`),
    element("StackStatus", "CREATE_COMPLETE"),
    element("CreationTime", createdAt.toISOString()),
    element(
      "Outputs",
      Object.entries(outputs).map(([key, value]) =>
        element("member", [element("OutputKey", key), element("OutputValue", value)]),
      ),
    ),
  ])
  return element("DescribeStacksResponse", [element("DescribeStacksResult", [element("Stacks", [stack])])])
}

function failure(status: number, code: string, message: string): QueryAnswer {
  const error = [element("Type", "Sender"), element("Code", code), element("Message", message)]
  return { status, body: element("ErrorResponse", [element("Error", error)]) }
}

/** An XML element that contains text, or other elements. */
function element(name: string, content: string | readonly string[]): string {
  const inner =
    typeof content === "string" ? content.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`) : content.join("")
  return `<${name}>${inner}</${name}>`
}

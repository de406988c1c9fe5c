import { createServer, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"

/**
 * An AWS account as far as the deployment commands ask it: STS, CloudFormation and S3, answering as a test wants. It is not AWS:
 * a stack has the status that it is told, at once.
 */
export interface AwsAccount {
  readonly url: string
  /** Names of the calls, in order: `CloudFormation.UpdateStack`, `S3.PUT`, … */
  readonly calls: string[]
  stack: ScriptedStack | undefined
  /** What the next change of the stack comes to. */
  next: Pick<ScriptedStack, "status"> & { readonly failures?: readonly ScriptedFailure[] }
  /** STS answers this error in place of an identity. */
  identityError: { readonly status: number; readonly code: string; readonly message: string } | undefined
  close(): Promise<void>
}

export interface ScriptedStack {
  readonly status: string
  readonly outputs: Readonly<Record<string, string>>
  readonly resources: readonly { readonly id: string; readonly type: string }[]
}

interface ScriptedFailure {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly reason: string
}

const StackName = "superoffice-token-exchange-sod"
const StackId = `arn:aws:cloudformation:eu-west-1:111122223333:stack/${StackName}/1`
const whole = { id: StackName, type: "AWS::CloudFormation::Stack", reason: "" }

export async function startAwsAccount(): Promise<AwsAccount> {
  const objects = new Set<string>()
  const events: Xml[] = []
  const account: Omit<AwsAccount, "url" | "close"> = {
    calls: [],
    stack: undefined,
    next: { status: "UPDATE_COMPLETE" },
    identityError: undefined,
  }

  /** What CloudFormation and STS answer to each action; a string is the message of an error. */
  const actions: Readonly<Record<string, () => Xml>> = {
    GetCallerIdentity: () => ({
      Account: "111122223333",
      UserId: "A",
      Arn: "arn:aws:iam::111122223333:user/deployer",
    }),
    DescribeStacks: () => (account.stack ? { Stacks: [described(account.stack)] } : missing),
    CreateStack: () => change("CREATE", "CREATE_COMPLETE"),
    UpdateStack: () => change("UPDATE", account.next.status, account.next.failures),
    DeleteStack: () => change("DELETE", account.next.status, account.next.failures),
    DescribeStackEvents: () =>
      account.stack || events.length > 0 ? { StackEvents: events.toReversed() } : missing,
    DescribeStackResource: () => ({
      StackResourceDetail: { PhysicalResourceId: "bucket", ResourceStatus: "CREATE_COMPLETE" },
    }),
    ListStackResources: () => ({
      StackResourceSummaries: (account.stack?.resources ?? []).map(({ id, type }) => ({
        LogicalResourceId: id,
        ResourceType: type,
      })),
    }),
    ValidateTemplate: () => ({}),
  }

  function query(action: string): Answer {
    const isSts = action === "GetCallerIdentity"
    account.calls.push(`${isSts ? "STS" : "CloudFormation"}.${action}`)
    if (isSts && account.identityError) return failure(account.identityError)
    const result = actions[action]?.() ?? `There is no ${action}`
    if (typeof result === "string") return failure({ status: 400, code: "ValidationError", message: result })
    return { status: 200, xml: xml({ [`${action}Response`]: { [`${action}Result`]: result } }) }
  }

  /** The framework creates a stack that has only its bucket, and then updates it. */
  function change(verb: string, status: string, failures: readonly ScriptedFailure[] = []): Xml {
    for (const event of [{ ...whole, status: `${verb}_IN_PROGRESS` }, ...failures, { ...whole, status }]) {
      events.push({
        ...{ StackId, StackName, EventId: String(events.length), Timestamp: new Date().toISOString() },
        ...{ LogicalResourceId: event.id, PhysicalResourceId: event.id === StackName ? StackId : event.id },
        ...{ ResourceType: event.type, ResourceStatus: event.status, ResourceStatusReason: event.reason },
      })
    }
    const { outputs = { ServerlessDeploymentBucketName: "bucket" }, resources = [] } = account.stack ?? {}
    account.stack = status === "DELETE_COMPLETE" ? undefined : { status, outputs, resources }
    return { StackId }
  }

  function s3({ method = "", url = "" }: IncomingMessage): Answer {
    account.calls.push(`S3.${method}`)
    const [path = "", search = ""] = url.split("?")
    if (method === "PUT") objects.add(path)
    const isMissing = method === "HEAD" && path.length > "/bucket/".length && !objects.has(path)
    const isLocation = method === "GET" && search.startsWith("location")
    return { status: isMissing ? 404 : 200, xml: isLocation ? xml({ LocationConstraint: "eu-west-1" }) : "" }
  }

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")
      const answer = isForm ? query(new URLSearchParams(body).get("Action") ?? "") : s3(request)
      response
        .writeHead(answer.status, { "content-type": "text/xml", "x-amzn-requestid": "1" })
        .end(answer.xml)
    })
  })
  return Object.assign(account, { url: await listenOnLoopback(server), close: () => closeServer(server) })
}

interface Answer {
  readonly status: number
  readonly xml: string
}

function failure({ status, code, message }: NonNullable<AwsAccount["identityError"]>): Answer {
  return {
    status,
    xml: xml({ ErrorResponse: { Error: { Type: "Sender", Code: code, Message: message } } }),
  }
}

const missing = `Stack with id ${StackName} does not exist`

function described({ status, outputs }: ScriptedStack): Xml {
  return {
    ...{ StackName, StackId, CreationTime: "2026-11-26T00:00:00Z", StackStatus: status },
    Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  }
}

type Xml = string | readonly Xml[] | { readonly [name: string]: Xml }

/** A value as AWS's query APIs write it: a list has members. */
function xml(value: Xml): string {
  if (typeof value === "string") return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  const elements: readonly (readonly [string, Xml])[] = Array.isArray(value)
    ? (value as readonly Xml[]).map((one) => ["member", one] as const)
    : Object.entries(value)
  return elements.map(([name, one]) => `<${name}>${xml(one)}</${name}>`).join("")
}

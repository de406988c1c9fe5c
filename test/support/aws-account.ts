import { createServer, type IncomingMessage } from "node:http"
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
  /** Outputs of a stack that is made. */
  outputs: Readonly<Record<string, string>>
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

export interface ScriptedFailure {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly reason: string
}

const stackId = "arn:aws:cloudformation:eu-west-1:111122223333:stack/superoffice-token-exchange-sod/1"

export async function startAwsAccount(): Promise<AwsAccount> {
  const objects = new Map<string, Buffer>()
  const events: string[] = []
  const account: Omit<AwsAccount, "url" | "close"> = {
    calls: [],
    stack: undefined,
    outputs: { ServerlessDeploymentBucketName: "bucket" },
    next: { status: "UPDATE_COMPLETE" },
    identityError: undefined,
  }

  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const { status, xml } = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")
        ? query(new URLSearchParams(body.toString()))
        : s3(request, body)
      response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": "1" }).end(xml)
    })
  })

  function query(parameters: URLSearchParams): Answer {
    const action = parameters.get("Action") ?? ""
    const isSts = action === "GetCallerIdentity"
    account.calls.push(`${isSts ? "STS" : "CloudFormation"}.${action}`)
    if (isSts) return identity()
    switch (action) {
      case "DescribeStacks":
        return account.stack === undefined
          ? missing()
          : success(action, `<Stacks>${member(stackXml())}</Stacks>`)
      case "CreateStack":
      case "UpdateStack":
        change(action)
        return success(action, `<StackId>${stackId}</StackId>`)
      case "DeleteStack":
        change(action)
        return success(action, "")
      case "DescribeStackEvents":
        if (account.stack === undefined && events.length === 0) return missing()
        return success(action, `<StackEvents>${events.toReversed().map(member).join("")}</StackEvents>`)
      case "DescribeStackResource":
        return success(
          action,
          `<StackResourceDetail><PhysicalResourceId>bucket</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus></StackResourceDetail>`,
        )
      case "ListStackResources":
        return success(
          action,
          `<StackResourceSummaries>${(account.stack?.resources ?? [])
            .map(({ id, type }) =>
              member(`<LogicalResourceId>${id}</LogicalResourceId><ResourceType>${type}</ResourceType>`),
            )
            .join("")}</StackResourceSummaries>`,
        )
      case "ValidateTemplate":
        return success(action, "")
      default:
        return failure(400, "InvalidAction", action)
    }
  }

  function identity(): Answer {
    if (account.identityError !== undefined) {
      const { status, code, message } = account.identityError
      return failure(status, code, message)
    }
    return success(
      "GetCallerIdentity",
      "<Account>111122223333</Account><UserId>A</UserId><Arn>arn:aws:iam::111122223333:user/deployer</Arn>",
    )
  }

  function change(action: string): void {
    const { status, failures = [] } = account.next
    const outputs = account.stack?.outputs ?? account.outputs
    // The framework creates a stack that has only its bucket, and then updates it.
    const reached = action === "CreateStack" ? "CREATE_COMPLETE" : status
    const verb = action.replace("Stack", "").toUpperCase()
    addEvent("superoffice-token-exchange-sod", "AWS::CloudFormation::Stack", `${verb}_IN_PROGRESS`, "")
    if (action !== "CreateStack") {
      for (const { id, type, status: ended, reason } of failures) addEvent(id, type, ended, reason)
    }
    addEvent("superoffice-token-exchange-sod", "AWS::CloudFormation::Stack", reached, "")
    account.stack =
      reached === "DELETE_COMPLETE"
        ? undefined
        : { status: reached, outputs, resources: account.stack?.resources ?? [] }
  }

  function addEvent(id: string, type: string, status: string, reason: string): void {
    const physical = type === "AWS::CloudFormation::Stack" ? stackId : id
    events.push(
      `<StackId>${stackId}</StackId><EventId>${events.length}</EventId><StackName>superoffice-token-exchange-sod</StackName>` +
        `<LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${physical}</PhysicalResourceId>` +
        `<ResourceType>${type}</ResourceType><Timestamp>${new Date().toISOString()}</Timestamp>` +
        `<ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${escaped(reason)}</ResourceStatusReason>`,
    )
  }

  function stackXml(): string {
    const { status = "", outputs = {} } = account.stack ?? {}
    const list = Object.entries(outputs).map(([name, value]) =>
      member(`<OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue>`),
    )
    return (
      `<StackName>superoffice-token-exchange-sod</StackName><StackId>${stackId}</StackId>` +
      `<CreationTime>2026-11-26T00:00:00Z</CreationTime><StackStatus>${status}</StackStatus><Outputs>${list.join("")}</Outputs>`
    )
  }

  function s3({ method = "", url = "" }: IncomingMessage, body: Buffer): Answer {
    account.calls.push(`S3.${method}`)
    const [path = "", search = ""] = url.split("?")
    if (method === "PUT") objects.set(path, body)
    if (method === "HEAD" && path.length > "/bucket/".length && !objects.has(path))
      return { status: 404, xml: "" }
    if (method === "GET" && search.includes("list-type=2")) {
      return {
        status: 200,
        xml: "<ListBucketResult><Name>bucket</Name><KeyCount>0</KeyCount></ListBucketResult>",
      }
    }
    if (method === "GET" && search.startsWith("location")) {
      return { status: 200, xml: "<LocationConstraint>eu-west-1</LocationConstraint>" }
    }
    return { status: 200, xml: "" }
  }

  return Object.assign(account, {
    url: await listenOnLoopback(server),
    close: () => closeServer(server),
  })
}

interface Answer {
  readonly status: number
  readonly xml: string
}

function success(action: string, result: string): Answer {
  return {
    status: 200,
    xml: `<${action}Response><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`,
  }
}

function failure(status: number, code: string, message: string): Answer {
  return {
    status,
    xml: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  }
}

function missing(): Answer {
  return failure(400, "ValidationError", "Stack with id superoffice-token-exchange-sod does not exist")
}

function member(xml: string): string {
  return `<member>${xml}</member>`
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

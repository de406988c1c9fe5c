import type { CodeRequest } from "./peers/contract.ts"

/** How a row is called: by direct invocation, or with the event of an HTTP API. */
export type Door = "direct" | "http"

export const nonce = "7362CAEA-9CA5-4B43-9BA3-34D7C303EBA7"
export const accessToken = "8A:Cust12020.AR2s3phb0gXK8DP0NfoYlsrQAQ+/=="

/** What every request of this process includes, as a stand-in's environment says; undefined for nothing. */
const include = process.env.BENCH_INCLUDE

/** The event for a code; what the stand-in answers to it depends on the code (stand-in/tokens.ts). */
export function eventFor(door: Door, code: string): object {
  const request: CodeRequest & { readonly include?: string | undefined } = {
    include,
    code,
    redirect_uri: "https://app.example.com/callback",
    code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    nonce,
  }
  return door === "direct" ? request : httpEvent(JSON.stringify(request))
}

/** The answer, however it came. */
export function readAnswer(door: Door, result: unknown): Record<string, unknown> {
  return (door === "direct" ? result : JSON.parse((result as { body: string }).body)) as Record<
    string,
    unknown
  >
}

/** True for a normalized answer with this work's access token and validated claims. */
export function isRight(answer: Record<string, unknown>): boolean {
  const claims = (answer.claims ?? {}) as Record<string, unknown>
  return (
    answer.access_token === accessToken &&
    claims.nonce === nonce &&
    claims.ctx === "Cust12020" &&
    claims.associateid === 5 &&
    claims.is_administrator === false &&
    (include === undefined || typeof answer[include] === "string")
  )
}

/** What Lambda hands over beside the event, as far as any row reads it. */
export function invocationContext(): object {
  return {
    awsRequestId: "8f5c1f0e-7c1b-4b8a-9f57-2d3f6a1c9b10",
    functionName: "exchange-code",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:exchange-code",
    memoryLimitInMB: "1024",
    getRemainingTimeInMillis: () => 20_000,
  }
}

/** An HTTP API's event, payload format 2.0. */
export function httpEvent(body: string, path = "/exchange-code") {
  return {
    version: "2.0",
    routeKey: `POST ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers: { "content-type": "application/json", host: "api.example.com" },
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.example.com",
      http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "page" },
      requestId: "request",
      routeKey: `POST ${path}`,
      stage: "$default",
      timeEpoch: 0,
    },
    body,
    isBase64Encoded: false,
  }
}

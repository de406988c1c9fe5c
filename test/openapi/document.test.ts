import { readFile } from "node:fs/promises"
import { describe, expect, it } from "vitest"
import { errorResponse, ExchangeError, statusOf } from "../../lib/errors.ts"
import { readRoutes } from "../../local/http-api.ts"
import { openApiText } from "../../scripts/openapi/text.ts"
import { document, documentText, operations, publications } from "./document.ts"

const codes = document.components.schemas.ErrorCode.enum

describe("docs/openapi.json", () => {
  it("is what `npm run openapi` writes", async () => {
    expect(documentText).toBe(await openApiText())
  })

  it("has the routes of serverless.yml, each with its authorizer", async () => {
    const routes = readRoutes(await readFile(new URL("../../serverless.yml", import.meta.url), "utf8"))
    const deployed = routes.map(({ method, path, authorizer }) => `${method} ${path} ${authorizer}`)
    const described = [...operations, ...publications].map(({ method, path, security }) => {
      const needsIam = security.length === 1 && security.every((one) => "iam" in one)
      return `${method.toUpperCase()} ${path} ${needsIam ? "aws_iam" : "none"}`
    })
    expect(Object.values(document.paths).flatMap(Object.keys)).toHaveLength(described.length)
    expect(described.toSorted()).toEqual(deployed.toSorted())
  })

  it("names the IAM scheme as API Gateway does, and the cookies of the browser door", () => {
    expect(document.components.securitySchemes).toMatchObject({
      iam: { in: "header", name: "Authorization", "x-amazon-apigateway-authtype": "awsSigv4" },
      session: { type: "apiKey", in: "cookie", name: "__Host-so-session" },
      login: { type: "apiKey", in: "cookie", name: "__Host-so-login" },
    })
  })
})

describe("the error code", () => {
  it.each(codes)(
    "%s stands in the table of docs/openapi.json with status, name and sentence, and has an example",
    (code) => {
      const answer = errorResponse(new ExchangeError(code, ""), "request-id")
      const row = `| \`${code}\` | ${statusOf(code)} | \`${answer.error}\` | ${answer.retryable ? "yes" : "no"} | ${answer.error_description} |`
      expect(document.components.schemas.ErrorCode.description).toContain(row)
      expect(document.components.examples[code]?.value).toMatchObject({ code, error: answer.error })
    },
  )

  it.each(codes)("%s is an answer of one operation at least, with its status and no other", (code) => {
    const statuses = operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        code in (content?.["application/json"]?.examples ?? {}) ? [Number(status)] : [],
      ),
    )
    expect([...new Set(statuses)]).toEqual([statusOf(code)])
  })
})

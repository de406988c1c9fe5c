import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../lib/errors.ts"
import { logLine } from "../../lib/request/log.ts"
import { startRequestLog } from "../../lib/request/request-log.ts"
import { usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { functionNames } from "../support/service.ts"
import { list, object, ofType, only, text } from "../support/template.ts"

const { stack } = await packageService(usual)
const queries = ofType(stack, "AWS::Logs::QueryDefinition")

describe("the saved queries", () => {
  it("are described by docs/recipes.md", () => {
    const page = readFileSync(new URL("../../docs/recipes.md", import.meta.url), "utf8")
    expect(queries).toHaveLength(3)
    for (const { Name } of queries) expect(page).toContain(`\`${text(Name).replace("-sod/", "-online/")}\``)
  })

  it("read the logs of all functions, and the access log where it says more", () => {
    const groups = Object.entries(stack.resources).filter(([, { type }]) => type === "AWS::Logs::LogGroup")
    expect(groups).toHaveLength(functionNames.length + 1)
    const [signIns, ...others] = queries.map(({ LogGroupNames }) => list(LogGroupNames).toSorted())
    const all = groups.map(([id]) => id).toSorted()
    expect(signIns).toEqual(all.filter((id) => id !== "HttpApiLogGroup"))
    for (const names of others) expect(names).toEqual(all)
  })

  it("use only members that a line of either log has, and what Logs Insights adds or the query itself", () => {
    const { AccessLogSettings } = only(stack, "AWS::ApiGatewayV2::Stage")
    const accessLine = text(object(AccessLogSettings).Format)
    const lines = [accessLine, fullLine(undefined), fullLine(new ExchangeError("grant_rejected", "refused"))]
    const members = lines.flatMap((line) => Object.keys(JSON.parse(line) as object))
    const ofInsights =
      "fields filter sort stats limit by and or in as like count asc desc requests 1000".split(" ")
    for (const { QueryString } of queries) {
      const names = text(QueryString)
        .replaceAll(/"[^"]*"|\/[^/]*\//g, "")
        .match(/(?<!@)\b\w+/g)
      for (const name of names ?? []) expect([...ofInsights, ...members]).toContain(name)
    }
  })

  it("count as refused what is the caller's to mend", () => {
    expect(text(queries[2]?.QueryString)).toMatch(/^filter \(level = "WARN" and code != "ok"\) or /)
    const levels = (["origin_not_allowed", "grant_rejected", "upstream_timeout"] as const).map(
      (code) => (JSON.parse(fullLine(new ExchangeError(code, "why"))) as { level: string }).level,
    )
    expect(levels).toEqual(["WARN", "WARN", "ERROR"])
  })
})

/** A line with all that a line can have. */
function fullLine(error: ExchangeError | undefined): string {
  const requestLog = startRequestLog()
  requestLog.note({ door: "browser", origin: "https://app.example", tenant: "Cust12345", associateId: 17 })
  requestLog.note({ keyId: "a-key", secretVersion: "a-version" })
  const outcome = { functionName: "token", requestId: "an-id", at: new Date(), durationMs: 1, problems: [] }
  const config = { environment: "sod", logLevel: "INFO", metricsNamespace: "Ours" } as const
  return logLine({ ...outcome, error, requestLog }, config)
}

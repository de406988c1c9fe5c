import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { loadConfig } from "../lib/config.ts"
import { errorResponse, ExchangeError, statusOf } from "../lib/errors.ts"
import { refreshToken } from "../lib/operations/token.ts"
import { settingNames, settingOf } from "../operator/deployment/settings.ts"
import { document } from "./openapi/document.ts"
import { apiTokenEnv } from "./support/api-token.ts"
import { openFrontDoor, rejectedAnswer, requestId } from "./support/front-door.ts"

const errors = read("docs/errors.md")
const settings = read("docs/settings.md")

// The generated document has them from the type.
const errorCodes = document.components.schemas.ErrorCode.enum

it("docs/errors.md has every error code with its status, its OAuth error and whether to retry", () => {
  const rows = [...errors.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| `(\w+)` +\| (yes|no) +\| ./gm)]
  const documented = rows.map(([, ...cells]) => cells)
  const expected = errorCodes.map((code) => {
    const answer = errorResponse(new ExchangeError(code, ""), requestId)
    return [code, `${statusOf(code)}`, answer.error, answer.retryable ? "yes" : "no"]
  })
  expect(documented.toSorted()).toEqual(expected.toSorted())
})

it("docs/errors.md shows the answer to a grant that SuperOffice refuses", async () => {
  const [, example = ""] = /<!-- example: error answer -->\s+```json\n([^`]+)```/.exec(errors) ?? []
  const door = openFrontDoor(refreshToken, { answers: [rejectedAnswer] })
  expect(await door.invoke({ refresh_token: "a token that SuperOffice does not know" })).toEqual(
    JSON.parse(example),
  )
})

it("docs/errors.md has every member of an error answer", () => {
  const [table = ""] = /^\| member [^]*?\n\n/m.exec(errors) ?? []
  const documented = [...table.matchAll(/^\| `(\w+)` +\|/gm)].map(([, member]) => member)
  const answer = errorResponse(new ExchangeError("upstream_unavailable", ""), requestId)
  expect(documented.toSorted()).toEqual(Object.keys(answer).toSorted())
})

it("the runbook says once what an operator does about each error code", () => {
  const [, table = ""] = /\n## By the code in the log\n([^]*?)\n## /.exec(read("docs/operations.md")) ?? []
  const rows = table.split("\n").filter((line) => line.startsWith("| `"))
  const codes = rows.flatMap((row) => row.split("|")[1]?.match(/\w+/g) ?? [])
  expect(codes.filter((code) => code !== "code").toSorted()).toEqual(errorCodes.toSorted())
})

it("docs/settings.md has every variable that the functions read, with the setting that it comes from", () => {
  const asked = new Set<string>()
  const env = new Proxy<Record<string, string>>(apiTokenEnv, {
    get: (target, name) => {
      asked.add(String(name))
      return target[String(name)]
    },
  })
  loadConfig(env)
  const variables = [...asked].filter((name) => !name.startsWith("AWS_") && !name.startsWith("NODE_"))
  const setBy = new Map<string, string>(settingNames.map((name) => [settingOf(name).variable ?? "", name]))
  const expected = variables.map((name) => [name, setBy.get(name)])
  const documented = documentedVariables().map(({ name, from }) => [name, from])
  expect(documented.toSorted()).toEqual(expected.toSorted())
})

it("docs/settings.md has the defaults of the functions", () => {
  const required = { SUPEROFFICE_ENVIRONMENT: "sod", CLIENT_SECRET_ID: "superoffice/sod" }
  const { API_TOKEN_AUDIENCE, API_TOKEN_ISSUER, API_TOKEN_KEYS_SECRET_ID } = apiTokenEnv
  const config = loadConfig({
    ...required,
    API_TOKEN_AUDIENCE,
    API_TOKEN_ISSUER,
    API_TOKEN_KEYS_SECRET_ID,
  })
  const sealed = loadConfig({ ...required, REFRESH_TOKEN_DELIVERY: "sealed" })
  if ("problems" in config || "problems" in sealed) throw new Error("the settings are refused")
  const defaults = new Map(documentedVariables().map(({ name, fallback }) => [name, fallback]))
  expect(Object.fromEntries(defaults)).toMatchObject({
    REFRESH_TOKEN_DELIVERY: `\`${config.refreshTokenDelivery}\``,
    SESSION_MAX_AGE_SECONDS: `${config.sessionMaxAgeSeconds}; \`sealed\`: ${sealed.sessionMaxAgeSeconds}`,
    CLOCK_TOLERANCE_SECONDS: String(config.clockToleranceSeconds),
    API_TOKEN_SECONDS: String(config.apiToken?.lifetimeSeconds),
    SECRET_MAX_AGE_SECONDS: String(config.secretMaxAgeSeconds),
    KEY_SET_MAX_AGE_SECONDS: String(config.keySetMaxAgeSeconds),
    LOG_LEVEL: `\`${config.logLevel}\``,
    METRICS_NAMESPACE: `\`${config.metricsNamespace}\``,
  })
})

function documentedVariables() {
  const rows = [...settings.matchAll(/^\| `([A-Z_]+)` +\| (?:`(\w+)`)? +\| (.+?) +\|/gm)]
  return rows.map(([, name = "", from, fallback = ""]) => ({ name, from, fallback }))
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8")
}

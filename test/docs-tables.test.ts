import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import type { ErrorCode } from "../lib/contract.ts"
import { loadConfig } from "../lib/config.ts"
import { errorResponse, ExchangeError, statusOf } from "../lib/errors.ts"
import { refreshToken } from "../lib/operations/token.ts"
import { settingNames, settingOf } from "../operator/deployment/settings.ts"
import { completeEnv, openFrontDoor, rejectedAnswer, requestId } from "./support/front-door.ts"

const errors = read("docs/errors.md")
const settings = read("docs/settings.md")

/** Every code, by the compiler's word: whoever adds one must add it here, and so to the pages. */
const everyCode: Record<ErrorCode, true> = {
  request_invalid: true,
  grant_unsupported: true,
  grant_rejected: true,
  session_expired: true,
  identity_mismatch: true,
  origin_not_allowed: true,
  method_not_allowed: true,
  media_type_unsupported: true,
  request_too_large: true,
  system_user_rejected: true,
  client_rejected: true,
  signing_key_rejected: true,
  clock_rejected: true,
  tenant_mismatch: true,
  id_token_invalid: true,
  upstream_invalid: true,
  upstream_unavailable: true,
  key_set_unavailable: true,
  secret_unavailable: true,
  upstream_timeout: true,
  configuration_invalid: true,
  unexpected: true,
}
const errorCodes = Object.keys(everyCode) as ErrorCode[]

it("docs/errors.md has every error code with its status, its OAuth error and whether to retry", () => {
  const rows = [...errors.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| `(\w+)` +\| (yes|no) +\| ./gm)]
  const documented = rows.map(([, code, status, error, retry]) => [
    code,
    Number(status),
    error,
    retry === "yes",
  ])
  const expected = errorCodes.map((code) => {
    const answer = errorResponse(new ExchangeError(code, ""), requestId)
    return [code, statusOf(code), answer.error, answer.retryable]
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
  const codes = rows
    .flatMap((row) => row.split("|")[1]?.match(/\w+/g) ?? [])
    .filter((code) => code !== "code")
  expect(codes.toSorted()).toEqual(errorCodes.toSorted())
})

it("docs/settings.md has every variable that the functions read, with the setting that it comes from", () => {
  const asked = new Set<string>()
  const env = new Proxy<Record<string, string>>(completeEnv, {
    get: (target, name) => {
      asked.add(String(name))
      return target[String(name)]
    },
  })
  loadConfig(env)
  const variables = [...asked].filter((name) => !name.startsWith("AWS_") && !name.startsWith("NODE_"))
  const setBy = new Map<string, string>(settingNames.map((name) => [settingOf(name).variable ?? "", name]))
  const expected = variables.map((name) => [name, setBy.get(name)])
  expect(
    documentedVariables()
      .map(({ name, from }) => [name, from])
      .toSorted(),
  ).toEqual(expected.toSorted())
})

it("docs/settings.md has the defaults of the functions", () => {
  const required = { SUPEROFFICE_ENVIRONMENT: "sod", CLIENT_SECRET_ID: "superoffice/sod" }
  const config = loadConfig(required)
  const sealed = loadConfig({ ...required, REFRESH_TOKEN_DELIVERY: "sealed" })
  if ("problems" in config || "problems" in sealed) throw new Error("the settings are refused")
  const defaults = new Map(documentedVariables().map(({ name, fallback }) => [name, fallback]))
  expect(Object.fromEntries(defaults)).toMatchObject({
    REFRESH_TOKEN_DELIVERY: `\`${config.refreshTokenDelivery}\``,
    SESSION_MAX_AGE_SECONDS: `${config.sessionMaxAgeSeconds}; \`sealed\`: ${sealed.sessionMaxAgeSeconds}`,
    CLOCK_TOLERANCE_SECONDS: String(config.clockToleranceSeconds),
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

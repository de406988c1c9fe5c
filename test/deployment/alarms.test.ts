import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../lib/errors.ts"
import { health } from "../../lib/operations/health.ts"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../../lib/operations/token.ts"
import type { ClientCredentials } from "../../lib/ports.ts"
import type { FunctionSpec } from "../../lib/request/handler.ts"
import { breaches, metricKey, metricsOf, type Metrics } from "./cloudwatch.ts"
import { everything, topicArn, usual } from "../support/deployments.ts"
import { bodyOf, browserEvent, signedEvent } from "../support/events.ts"
import {
  codeVerifier,
  completeEnv,
  credentials,
  jsonAnswer,
  openFrontDoor,
  pageOrigin,
  rejectedAnswer,
  signingKey,
  tokenAnswer,
  type FrontDoor,
  type FrontDoorOptions,
} from "../support/front-door.ts"
import { signedAt, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { packageService } from "../support/package.ts"
import { deployedName, functionNames } from "../support/service.ts"
import { list, object, ofType, only, text, type Json, type JsonObject } from "../support/template.ts"

const namespace = "superoffice-token-exchange/sod"
const [{ stack }, { stack: withTopic }] = await Promise.all([
  packageService(usual),
  packageService(everything),
])
const alarms = new Map(
  ofType(stack, "AWS::CloudWatch::Alarm").map((alarm) => [
    text(alarm.AlarmName).replace("superoffice-token-exchange-sod-", ""),
    alarm,
  ]),
)

describe("the alarms", () => {
  it("have a place each in the runbook, which their descriptions name", () => {
    const places = [...page("operations").matchAll(/^### <a id="alarm-([\w-]+)"><\/a>/gm)].map(
      ([, name]) => name,
    )
    expect([...alarms.keys()]).toEqual(places)
    for (const [name, { AlarmDescription }] of alarms) {
      expect(AlarmDescription).toMatch(new RegExp(`docs/operations\\.md#alarm-${name}$`))
    }
  })

  it("tell the topic that is given, when they begin and when they end, and nobody otherwise", () => {
    for (const alarm of ofType(withTopic, "AWS::CloudWatch::Alarm")) {
      expect(alarm).toMatchObject({ AlarmActions: [topicArn], OKActions: [topicArn] })
    }
    for (const alarm of alarms.values()) expect(alarm).not.toHaveProperty("AlarmActions")
  })

  it("are silent where nothing is known, and have ten metrics and one result at most, as CloudWatch wants", () => {
    for (const alarm of alarms.values()) {
      expect(alarm.TreatMissingData).toBe("notBreaching")
      expect(metricsIn(alarm).length).toBeLessThanOrEqual(10)
      expect(list(alarm.Metrics).filter((query) => object(query).ReturnData !== false)).toHaveLength(1)
    }
  })

  it("cost what docs/deployment.md says, which is by the metric", () => {
    const { length } = [...alarms.values()].flatMap(metricsIn)
    expect(page("deployment")).toContain(`alarms 0.10 for each of their ${length} metrics`)
  })

  it("look at five minutes, but secret-expiry at a day, because the secret is read less often", () => {
    for (const [name, alarm] of alarms) {
      const periods = new Set(metricsIn(alarm).map(({ Period }) => Period))
      expect([name, ...periods]).toEqual([name, name === "secret-expiry" ? 86_400 : 300])
    }
  })
})

const refresh = { refresh_token: "a-refresh-token" }
const code = { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }
const down = { answers: [jsonAnswer(503, {})] }

function open<R>(spec: FunctionSpec<R>, options: FrontDoorOptions = {}): FrontDoor {
  return openFrontDoor(spec, {
    ...options,
    env: { ...completeEnv, METRICS_NAMESPACE: namespace, ...options.env },
  })
}

/** A function that was called with these, one after the other. */
async function called<R>(spec: FunctionSpec<R>, events: readonly object[], options?: FrontDoorOptions) {
  const door = open(spec, options)
  for (const event of events) await door.invoke(event)
  return door
}

function times(count: number, event: object): object[] {
  return Array<object>(count).fill(event)
}

function tripped(...doors: readonly FrontDoor[]): string[] {
  return trippedBy(metricsOf(doors.flatMap(({ log }) => log)))
}

function trippedBy(metrics: Metrics): string[] {
  return [...alarms].filter(([, alarm]) => breaches(alarm, metrics)).map(([name]) => name)
}

describe("in a deployment", () => {
  const five = [1, 2, 3, 4, 5].map((number) => ({ refresh_token: `token ${number}` }))
  const copy = Promise.resolve({ value: credentials, stale: true })
  const noCopy = new ExchangeError("secret_unavailable", "down")
  const early = new Date(signedAt.getTime() - 600_000)
  const unknown = { SUPEROFFICE_ENVIRONMENT: "stage" }
  it.each<[string, string, () => Promise<FrontDoor>]>([
    [
      "client-secret",
      "SuperOffice refuses five refresh tokens in a row",
      () => called(refreshToken, five, { answers: [rejectedAnswer] }),
    ],
    ["stale", "an old copy of the secret is in use", () => refreshed({ credentials: () => copy })],
    [
      "stale",
      "there is no copy of the secret",
      () => refreshed({ credentials: () => Promise.reject(noCopy) }),
    ],
    ["upstream", "SuperOffice is down", () => refreshed(down)],
    ["id-token", "an ID Token is refused", () => called(exchangeCode, [code], { now: early })],
    ["session-user", "eleven refreshes of sessions are for a renamed user", refreshRenamedUser],
    ["settings", "a setting is malformed", () => called(token, [{}], { env: { ALLOWED_ORIGINS: "*" } })],
    ["settings", "the environment has an unknown name", () => called(token, [{}], { env: unknown })],
  ])("the alarm %s alone is tripped when %s", async (name, _cause, trouble) => {
    expect(tripped(await trouble())).toEqual([name])
  })

  it("the alarm upstream is tripped by an outage of SuperOffice, however many requests never get that far", async () => {
    const others = await sendWhatNeverReachesSuperOffice(40)
    expect(tripped(await refreshed(down), ...others)).toEqual(["upstream"])
  })

  it.each<[string, ClientCredentials["expires"], string[]]>([
    ["expires in 30 days", inDays(30), ["secret-expiry"]],
    ["has expired", inDays(-1), ["secret-expiry"]],
    ["has a date that cannot be read", "unreadable", ["secret-expiry"]],
    ["expires in 31 days", inDays(31), []],
    ["has no date", undefined, []],
  ])("a client secret that %s trips the alarm secret-expiry, or none", async (_what, expires, expected) => {
    const door = await called(health("1.0.0"), [{}], {
      credentials: () => Promise.resolve({ value: { ...credentials, expires }, stale: false }),
      answers: [{ ...jsonAnswer(200, {}), date: signedAt }],
    })
    expect(tripped(door)).toEqual(expected)
  })

  it("no alarm is tripped by few failures of SuperOffice among many successes", async () => {
    const well = await called(refreshToken, times(20, refresh))
    expect(tripped(well, await refreshed(down))).toEqual([])
  })

  it("no alarm is tripped by sign-ins that go well, and by callers who make mistakes (C75)", async () => {
    const signIns = await called(exchangeCode, [code, { code: "alone" }, { ...code, nonce: "another" }])
    // A page that is loaded again and again with a session that SuperOffice has ended.
    const ended = await called(refreshToken, times(20, refresh), { answers: [rejectedAnswer] })
    expect(metricsOf(signIns.log).size).toBeGreaterThan(0)
    expect(tripped(signIns, ended)).toEqual([])
  })

  it("the alarm duration is tripped when one request of SuperOffice in a hundred takes more than five seconds", () => {
    const durations = metricKey(namespace, "upstream_request_ms", { environment: "sod" })
    const fast = Array<number>(98).fill(100)
    expect(trippedBy(new Map([[durations, [...fast, 100, 5_001]]]))).toEqual([])
    expect(trippedBy(new Map([[durations, [...fast, 5_001, 5_001]]]))).toEqual(["duration"])
  })

  it.each([
    ["throttles", "Throttles"],
    ["errors", "Errors"],
  ])("the alarm %s alone is tripped by Lambda's own count of %s, whatever the function", (alarm, metric) => {
    for (const name of functionNames) {
      const key = metricKey("AWS/Lambda", metric, { FunctionName: deployedName(stack, name) })
      expect(trippedBy(new Map([[key, [1]]]))).toEqual([alarm])
    }
  })
})

describe("the dashboard", () => {
  it("is JSON, and shows every alarm and the metrics of this deployment", () => {
    const { DashboardName, DashboardBody } = only(stack, "AWS::CloudWatch::Dashboard")
    expect(DashboardName).toBe("superoffice-token-exchange-sod-eu-west-1")
    const [first] = list(object(JSON.parse(text(DashboardBody)) as Json).widgets).map(object)
    const arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:superoffice-token-exchange-sod-"
    expect(object(first?.properties).alarms).toEqual([...alarms.keys()].map((name) => arn + name))
    expect(text(DashboardBody)).toContain(`{\\"${namespace}\\",environment,code}`)
  })
})

function refreshed(options: FrontDoorOptions): Promise<FrontDoor> {
  return called(refreshToken, [refresh], options)
}

/** A page signs in, and then its user has another name. */
async function refreshRenamedUser(): Promise<FrontDoor> {
  const renamed = signIdToken(signingKey, superOfficeClaims({ sub: "renamed@example.com" }))
  const door = open(token, {
    env: { REFRESH_TOKEN_DELIVERY: "sealed" },
    answers: [tokenAnswer(), tokenAnswer({}, renamed)],
  })
  const signIn = await door.invoke(browserEvent({ grant_type: "authorization_code", ...code }))
  const { refresh_token } = bodyOf(signIn)
  const event = browserEvent({ grant_type: "refresh_token", refresh_token })
  for (let time = 0; time < 11; time++) await door.invoke(event)
  return door
}

/** Requests of strangers, and of an operator, that are answered without sending anything on to SuperOffice. */
async function sendWhatNeverReachesSuperOffice(count: number): Promise<FrontDoor[]> {
  const event = (fields: object, headers: object = {}) =>
    times(count, browserEvent(fields, { headers: { "x-csrf": "1", ...headers } }))
  const doors = [
    await called(token, event({}, { origin: "https://elsewhere.example" })),
    await called(token, event({}, { "content-type": "text/plain" })),
    await called(exchangeCode, event({})),
    await called(refreshToken, event({})),
    await called(revokeToken, event({})),
    await called(startLogin, event({ redirect_uri: `${pageOrigin}/callback` })),
    await called(health("1.0.0"), times(count, signedEvent({}))),
  ]
  const codes = doors.flatMap(({ log }) => log).map((line) => (JSON.parse(line) as { code: string }).code)
  expect(codes).toHaveLength(7 * count)
  const refusals = ["origin_not_allowed", "media_type_unsupported", "request_invalid", "session_expired"]
  expect(new Set(codes)).toEqual(new Set([...refusals, "ok"]))
  return doors
}

function metricsIn({ Metrics }: JsonObject): JsonObject[] {
  return list(Metrics)
    .map(object)
    .flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [object(MetricStat)]))
}

function inDays(days: number): Date {
  return new Date(Date.UTC(2022, 3, 7 + days))
}

function page(name: string): string {
  return readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), "utf8")
}

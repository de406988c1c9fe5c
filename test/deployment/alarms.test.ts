import { existsSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { beforeAll, describe, expect, it } from "vitest"
import { clientSecretText, secretId } from "../../local/stack.ts"
import { breaches, metricKey, metricsOf, type Metrics } from "../support/cloudwatch.ts"
import { origin, startJourney, type Journey } from "../support/journey.ts"
import { packageService } from "../support/package.ts"
import { deployedName, environment, functionNames } from "../support/service.ts"
import { list, object, ofType, only, text, type JsonObject, type StackTemplate } from "../support/template.ts"

const topic = "arn:aws:sns:eu-west-1:111122223333:on-call"

let stack: StackTemplate
let told: StackTemplate
let alarms: ReadonlyMap<string, JsonObject>

beforeAll(async () => {
  const packages = await Promise.all([
    packageService({ params: { clientSecretId: "example", allowedOrigins: origin } }),
    packageService({ params: { clientSecretId: "example", alarmTopicArn: topic } }),
  ])
  ;[stack, told] = packages.map((one) => one.stack) as [StackTemplate, StackTemplate]
  const prefix = "superoffice-token-exchange-sod-"
  alarms = new Map(
    ofType(stack, "AWS::CloudWatch::Alarm").map((alarm) => [
      text(alarm.AlarmName).slice(prefix.length),
      alarm,
    ]),
  )
})

describe("alarms", () => {
  it("are there for whatever an operator can do something about", () => {
    expect([...alarms.keys()]).toEqual([
      "client-secret",
      "secret-expiry",
      "stale",
      "upstream",
      "id-token",
      "session-user",
      "duration",
      "throttles",
      "errors",
    ])
  })

  it("name the place in the runbook that says what to do", () => {
    const runbook = new URL("../../docs/operations.md", import.meta.url)
    expect(existsSync(runbook)).toBe(true)
    const page = readFileSync(runbook, "utf8")
    for (const [name, { AlarmDescription }] of alarms) {
      expect(AlarmDescription).toMatch(new RegExp(`docs/operations\\.md#alarm-${name}$`))
      expect(page).toContain(`id="alarm-${name}"`)
    }
  })

  it("tell the topic that is given, when they begin and when they end, and nobody otherwise", () => {
    for (const alarm of ofType(told, "AWS::CloudWatch::Alarm")) {
      expect(alarm).toMatchObject({ AlarmActions: [topic], OKActions: [topic] })
    }
    for (const alarm of alarms.values()) expect(alarm).not.toHaveProperty("AlarmActions")
  })

  it("are silent where nothing is known", () => {
    for (const alarm of alarms.values()) expect(alarm.TreatMissingData).toBe("notBreaching")
  })

  it("stay within what CloudWatch takes: ten metrics, and one expression that returns data", () => {
    for (const { Metrics } of alarms.values()) {
      const queries = list(Metrics).map(object)
      expect(queries.filter(({ MetricStat }) => MetricStat !== undefined).length).toBeLessThanOrEqual(10)
      expect(queries.filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1)
    }
  })

  it("cost what docs/deployment.md says, which is by the metric", () => {
    const page = readFileSync(new URL("../../docs/deployment.md", import.meta.url), "utf8")
    const metrics = [...alarms.values()].flatMap(({ Metrics }) =>
      list(Metrics).filter((one) => object(one).MetricStat !== undefined),
    )
    expect(page).toContain(`alarms 0.10 for each of their ${metrics.length} metrics`)
  })

  it("look where the functions write", () => {
    for (const name of functionNames) {
      expect(environment(stack, name).METRICS_NAMESPACE).toBe("superoffice-token-exchange/sod")
    }
  })
})

describe("in the local stack", { timeout: 60_000 }, () => {
  const grant = { refresh_token: "none that SuperOffice knows" }

  it.each<[string, Record<string, string>, (journey: Journey) => Promise<unknown>]>([
    [
      "client-secret",
      {},
      async (journey) => {
        wrongSecret(journey)
        for (const number of [1, 2, 3, 4, 5]) {
          await journey.invoke("refresh-token", { refresh_token: `token ${number}` })
        }
      },
    ],
    [
      "stale",
      { SECRET_MAX_AGE_SECONDS: "1" },
      async (journey) => {
        await journey.invoke("refresh-token", grant)
        await sleep(1_100)
        journey.stack.secretsManager.outage = "down"
        await journey.invoke("refresh-token", grant)
      },
    ],
    [
      "stale",
      {},
      async (journey) => {
        journey.stack.secretsManager.outage = "down"
        await journey.invoke("refresh-token", grant)
      },
    ],
    [
      "upstream",
      {},
      async (journey) => {
        journey.provider.faults.token = "status 503"
        await journey.invoke("refresh-token", grant)
      },
    ],
    [
      "id-token",
      {},
      async (journey) => {
        const code = await journey.authorize()
        journey.provider.clockOffsetSeconds = 600
        await journey.invoke("exchange-code", { ...code, state: undefined, nonce: undefined })
      },
    ],
    [
      "session-user",
      { REFRESH_TOKEN_DELIVERY: "sealed" },
      async (journey) => {
        const { code, redirect_uri, code_verifier } = await journey.authorize()
        const { body } = await journey.postAsPage("/exchange-code", { code, redirect_uri, code_verifier })
        journey.provider.changeClaims = (claims) => ({ ...claims, sub: "renamed@example.com" })
        for (let times = 0; times < 11; times++) {
          await journey.postAsPage("/refresh-token", { refresh_token: body.refresh_token })
        }
      },
    ],
    ["errors", { ALLOWED_ORIGINS: "*" }, (journey) => journey.invoke("refresh-token", grant)],
    ["errors", { SUPEROFFICE_ENVIRONMENT: "stage" }, (journey) => journey.invoke("refresh-token", grant)],
  ])("the alarm %s is tripped, and no other is, with %j", async (name, env, trouble) => {
    const journey = await startJourney({
      env: { METRICS_NAMESPACE: "superoffice-token-exchange/sod", ...env },
    })
    await trouble(journey)
    expect(tripped(metricsOf(journey.log))).toEqual([name])
  })

  it("the alarm upstream is tripped by an outage of SuperOffice, however many requests never get that far", async () => {
    const journey = await startJourney({ env: { METRICS_NAMESPACE: "superoffice-token-exchange/sod" } })
    journey.provider.faults.token = "status 503"
    await journey.invoke("refresh-token", grant)
    await sendWhatNeverReachesSuperOffice(journey, 40)
    expect(tripped(metricsOf(journey.log))).toEqual(["upstream"])
  })

  it.each([
    ["expires in 30 days", inDays(30), ["secret-expiry"]],
    ["has expired", inDays(-1), ["secret-expiry"]],
    ["has a date that cannot be read", "next summer", ["secret-expiry"]],
    ["expires in 31 days", inDays(31), []],
    ["has no date", null, []],
  ])("a client secret that %s trips the alarm secret-expiry, or none", async (_what, expires, expected) => {
    const journey = await startJourney({ env: { METRICS_NAMESPACE: "superoffice-token-exchange/sod" } })
    const { stack, provider } = journey
    const secret = JSON.parse(clientSecretText(provider.clientId, "not-posted")) as JsonObject
    stack.secretsManager.put(secretId, JSON.stringify({ ...secret, client_secret_expires: expires }))
    await journey.invoke("health", {})
    expect(tripped(metricsOf(journey.log))).toEqual(expected)
  })

  it("few failures of SuperOffice among many successes trip no alarm", async () => {
    const journey = await startJourney({ env: { METRICS_NAMESPACE: "superoffice-token-exchange/sod" } })
    for (let times = 0; times < 20; times++) await journey.invoke("refresh-token", grant)
    journey.provider.faults.token = "status 503"
    await journey.invoke("refresh-token", grant)
    expect(tripped(metricsOf(journey.log))).toEqual([])
  })

  it("no alarm is tripped by sign-ins that go well, and by callers who make mistakes (C75)", async () => {
    const journey = await startJourney({ env: { METRICS_NAMESPACE: "superoffice-token-exchange/sod" } })
    const { code, redirect_uri, code_verifier } = await journey.authorize()
    await journey.invoke("exchange-code", { code, redirect_uri, code_verifier })
    await journey.invoke("exchange-code", { code })
    const second = await journey.authorize()
    await journey.invoke("exchange-code", { ...second, state: undefined, nonce: "another" })
    // A page that is loaded again and again with a session that SuperOffice has ended.
    for (let times = 0; times < 20; times++) await journey.invoke("refresh-token", grant)
    const metrics = metricsOf(journey.log)
    expect(metrics.size).toBeGreaterThan(0)
    expect(tripped(metrics)).toEqual([])
  })
})

describe("the alarm secret-expiry", () => {
  it("looks at a day, because the secret is not read in every five minutes; all others look at five minutes", () => {
    const periods = [...alarms].map(([name, { Metrics }]) => [
      name,
      new Set(
        list(Metrics)
          .map(object)
          .flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [object(MetricStat).Period])),
      ),
    ])
    expect(periods).toEqual(
      [...alarms.keys()].map((name) => [name, new Set([name === "secret-expiry" ? 86_400 : 300])]),
    )
  })
})

describe("the duration of requests that SuperOffice is asked for", () => {
  it("trips the alarm duration when one in a hundred takes more than five seconds", () => {
    const durations = metricKey("superoffice-token-exchange/sod", "upstream_request_ms", {
      environment: "sod",
    })
    const fast = Array<number>(98).fill(100)
    expect(tripped(new Map([[durations, [...fast, 100, 5_001]]]))).toEqual([])
    expect(tripped(new Map([[durations, [...fast, 5_001, 5_001]]]))).toEqual(["duration"])
  })
})

describe("what Lambda itself counts", () => {
  it.each([
    ["throttles", "Throttles"],
    ["errors", "Errors"],
  ])("trips the alarm %s, by any function", (alarm, metric) => {
    for (const name of functionNames) {
      const key = metricKey("AWS/Lambda", metric, { FunctionName: deployedName(stack, name) })
      expect(tripped(new Map([[key, [1]]]))).toEqual([alarm])
    }
  })
})

describe("the dashboard", () => {
  it("is JSON, and shows every alarm and the metrics of this deployment", () => {
    const { DashboardName, DashboardBody } = only(stack, "AWS::CloudWatch::Dashboard")
    expect(DashboardName).toBe("superoffice-token-exchange-sod-eu-west-1")
    const { widgets } = JSON.parse(text(DashboardBody)) as {
      widgets: { properties: { alarms?: string[] } }[]
    }
    expect(widgets[0]?.properties.alarms).toEqual(
      [...alarms.values()].map(
        ({ AlarmName }) => `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${text(AlarmName)}`,
      ),
    )
    expect(text(DashboardBody)).toContain('{\\"superoffice-token-exchange/sod\\",environment,code}')
    expect(widgets).toHaveLength(5)
  })
})

/** Requests of strangers, and of an operator, that are answered without sending anything on to SuperOffice. */
async function sendWhatNeverReachesSuperOffice(journey: Journey, times: number): Promise<void> {
  const linesBefore = journey.log.length
  const send = (path: string, headers: Record<string, string>, body = "{}") =>
    fetch(journey.stack.url + path, { method: "POST", headers, body })
  const asPage = { origin, "content-type": "application/json", "x-csrf": "1" }
  for (let time = 0; time < times; time++) {
    await send("/token", { origin: "https://elsewhere.example" })
    await send("/token", { origin, "content-type": "text/plain" })
    await send("/exchange-code", asPage)
    await send("/refresh-token", asPage)
    await send("/revoke-token", asPage)
    await send("/start-login", asPage, JSON.stringify({ redirect_uri: `${origin}/callback` }))
    await journey.postSigned("/signed/health", {})
  }
  const codes = journey.log.slice(linesBefore).map((line) => (JSON.parse(line) as { code: string }).code)
  expect(new Set(codes)).toEqual(
    new Set(["origin_not_allowed", "media_type_unsupported", "request_invalid", "session_expired", "ok"]),
  )
}

function tripped(metrics: Metrics): string[] {
  return [...alarms].filter(([, alarm]) => breaches(alarm, metrics)).map(([name]) => name)
}

/** A date that is so many days from today. */
function inDays(days: number): string {
  return new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10)
}

function wrongSecret({ stack: { secretsManager }, provider }: Journey): void {
  secretsManager.put(secretId, clientSecretText(provider.clientId, "another"))
}

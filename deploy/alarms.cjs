// Each alarm is about something that an operator can act on, and its description links to the runbook. Missing data
// never alarms. Our own metrics come from the log (lib/request/metrics.ts); Lambda's come from AWS.

const functions = {
  exchangeCode: "ExchangeDashcodeLambdaFunction",
  refreshToken: "RefreshDashtokenLambdaFunction",
  token: "TokenLambdaFunction",
  startLogin: "StartDashloginLambdaFunction",
  revokeToken: "RevokeDashtokenLambdaFunction",
  authenticateSystemUser: "AuthenticateDashsystemDashuserLambdaFunction",
  health: "HealthLambdaFunction",
  wellKnown: "WellDashknownLambdaFunction",
}
const fiveMinutes = 300
const aDay = 86_400

module.exports = async ({ resolveVariable }) => {
  const prefix = `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`
  const namespace = await resolveVariable("self:custom.metricsNamespace")
  const environment = await resolveVariable("self:custom.environment")
  const topic = await resolveVariable("self:custom.alarmTopicArn")

  return {
    Resources: {
      ClientSecretAlarm: alarm("client-secret", {
        description: "SuperOffice refuses the client secret, or seems to.",
        expression: "SUM(METRICS())",
        above: 0,
        periods: [1, 1],
        metrics: { suspected: signal("client_secret_suspected"), rejected: outcome("client_rejected") },
      }),
      // A function warns once for each read of the secret, so with five minutes the alarm would end and begin again with every
      // pause between two reads. A day has one, at least where somebody runs the doctor daily.
      SecretExpiryAlarm: alarm("secret-expiry", {
        description: "The client secret expires within 30 days or has expired, or its date cannot be read.",
        expression: "SUM(METRICS())",
        above: 0,
        periods: [1, 1],
        metrics: {
          expiring: signal("client_secret_expiring", aDay),
          unreadable: signal("client_secret_expires_unreadable", aDay),
        },
      }),
      StaleAlarm: alarm("stale", {
        description: "The secret or the key set cannot be read: an old copy is in use, or there is none.",
        expression: "SUM(METRICS())",
        above: 0,
        periods: [2, 3],
        metrics: {
          oldSecret: signal("secret_stale"),
          oldKeys: signal("key_set_stale"),
          noSecret: outcome("secret_unavailable"),
          noKeys: outcome("key_set_unavailable"),
        },
      }),
      // The requests that were sent on to SuperOffice, and no others: strangers can send any number that are refused before,
      // and a sign-in's start and a sign-out without a session end well without SuperOffice.
      UpstreamAlarm: alarm("upstream", {
        description: "More than one request in twenty fails at SuperOffice.",
        expression: "100 * (FILL(unavailable, 0) + FILL(timeout, 0) + FILL(invalid, 0)) / sent",
        above: 5,
        periods: [2, 2],
        metrics: {
          unavailable: outcome("upstream_unavailable"),
          timeout: outcome("upstream_timeout"),
          invalid: outcome("upstream_invalid"),
          sent: upstreamRequests("SampleCount"),
        },
      }),
      IdTokenAlarm: alarm("id-token", {
        description: "An ID Token was refused.",
        expression: "SUM(METRICS())",
        above: 0,
        periods: [1, 1],
        metrics: { refused: outcome("id_token_invalid") },
      }),
      SessionUserAlarm: alarm("session-user", {
        description: "Refreshed ID Tokens are for other users or tenants than those that signed in.",
        expression: "SUM(METRICS())",
        above: 10,
        periods: [1, 1],
        metrics: { changed: signal("session_user_changed") },
      }),
      DurationAlarm: alarm("duration", {
        description: "One request in a hundred that asks SuperOffice takes longer than five seconds.",
        expression: "MAX(METRICS())",
        above: 5000,
        periods: [3, 3],
        metrics: { duration: upstreamRequests("p99") },
      }),
      ThrottlesAlarm: alarm("throttles", {
        description: "Lambda rejects requests, because its concurrency is used up.",
        expression: "SUM(METRICS())",
        above: 0,
        periods: [2, 2],
        metrics: ofEachFunction("Throttles"),
      }),
      ErrorsAlarm: alarm("errors", {
        description: "A function crashed, timed out, or had an unexpected error.",
        expression: "SUM(METRICS())",
        above: 0,
        periods: [1, 1],
        metrics: { ...ofEachFunction("Errors"), unexpected: outcome("unexpected") },
      }),
      // Apart from the errors, because an alarm has ten metrics at most.
      SettingsAlarm: alarm("settings", {
        description: "A setting is wrong, or a secret is missing, not permitted or not usable.",
        expression: "SUM(METRICS())",
        above: 0,
        periods: [1, 1],
        metrics: {
          invalid: outcome("configuration_invalid"),
          environmentUnknown: ours("requests", { environment: "unknown" }),
        },
      }),
    },
  }

  /** `periods: [n, m]`: n of the last m periods must be above the threshold. */
  function alarm(topicOfRunbook, { description, expression, above, periods, metrics }) {
    return {
      Type: "AWS::CloudWatch::Alarm",
      Properties: {
        AlarmName: `${prefix}-${topicOfRunbook}`,
        AlarmDescription: `${description} See docs/operations.md#alarm-${topicOfRunbook}`,
        ...(topic !== "" && { AlarmActions: [topic], OKActions: [topic] }),
        TreatMissingData: "notBreaching",
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: above,
        DatapointsToAlarm: periods[0],
        EvaluationPeriods: periods[1],
        Metrics: [
          { Id: "alarm", Label: topicOfRunbook, Expression: expression },
          ...Object.entries(metrics).map(([Id, MetricStat]) => ({ Id, ReturnData: false, MetricStat })),
        ],
      },
    }
  }

  /** Requests that ended with one code. */
  function outcome(code) {
    return ours("requests", { environment, code })
  }

  function signal(name, period) {
    return ours(name, { environment }, period)
  }

  function ours(name, dimensions, period) {
    return statistic(namespace, name, "Sum", dimensions, period)
  }

  /** The durations of requests that were sent on to SuperOffice. */
  function upstreamRequests(stat) {
    return statistic(namespace, "upstream_request_ms", stat, { environment })
  }
}

function ofEachFunction(name) {
  return Object.fromEntries(
    Object.entries(functions).map(([id, Ref]) => [
      id,
      statistic("AWS/Lambda", name, "Sum", { FunctionName: { Ref } }),
    ]),
  )
}

function statistic(Namespace, MetricName, Stat, dimensions, Period = fiveMinutes) {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  return { Metric: { Namespace, MetricName, Dimensions }, Period, Stat }
}

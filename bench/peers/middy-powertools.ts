import { Logger } from "@aws-lambda-powertools/logger"
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware"
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics"
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware"
import middy from "@middy/core"
import type { Answer, CodeRequest } from "./contract.ts"
import { handler as redeem } from "./plain.ts"

const logger = new Logger({ serviceName: "token-exchange" })
const metrics = new Metrics({ namespace: "TokenExchange", serviceName: "token-exchange" })

/** The plain stack in middy, with the logger and the metrics of Powertools for AWS Lambda. */
export const handler = middy(async (request: CodeRequest): Promise<Answer> => {
  const answer = await redeem(request)
  metrics.addMetric("exchanged", MetricUnit.Count, 1)
  logger.info("exchanged", { tenant: String(answer.claims.ctx) })
  return answer
})
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics, { captureColdStartMetric: true }))

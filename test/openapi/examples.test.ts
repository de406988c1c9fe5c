import { describe, expect, it } from "vitest"
import { startJourney } from "../support/journey.ts"
import { call } from "./calls.ts"
import {
  answerExamples,
  expectDescribed,
  problemsOfAnswer,
  problemsOfRequest,
  requestExamples,
  type NamedExample,
} from "./document.ts"

const titleOf = ({ operation, mediaType, name }: NamedExample) =>
  [operation.path, mediaType.replace(/^.*\//, ""), name].join(" ")

describe("an example of a request in docs/openapi.json", () => {
  it.each(requestExamples.map((one) => [titleOf(one), one] as const))("%s fits its schema", (_title, one) => {
    expect(problemsOfRequest(one.operation, one.value, one.mediaType)).toEqual([])
  })

  it("stands at every operation", () => {
    const operations = new Set(requestExamples.map(({ operation }) => operation.operationId))
    expect(operations.size).toBe(new Set(answerExamples.map(({ operation }) => operation.operationId)).size)
  })
})

describe("an example of an answer in docs/openapi.json", () => {
  it.each(answerExamples.map((one) => [`${titleOf(one)} ${one.status}`, one] as const))(
    "%s fits its schema",
    (_title, { operation, status, value }) => {
      expect(problemsOfAnswer(operation, status, value)).toEqual([])
    },
  )
})

/** What comes of codes and tokens that nobody issued: the request itself is right. */
const expectedCodes = ["grant_rejected", "session_expired", "system_user_rejected", undefined]

it.each(["cookie", "sealed"])(
  "every example of a request is understood in delivery %s, and the document describes its answer",
  async (delivery) => {
    const page = "https://app.example.com"
    const journey = await startJourney({ env: { ALLOWED_ORIGINS: page, REFRESH_TOKEN_DELIVERY: delivery } })
    const sent = requestExamples.filter(({ name }) => name.endsWith("sealed") === (delivery === "sealed"))
    for (const { operation, mediaType, name, value } of sent) {
      const answer = await call(journey, operation, value as object, { mediaType, origin: page })
      expectDescribed(operation, answer)
      expect(expectedCodes, `${operation.path} ${name}: ${JSON.stringify(answer.body)}`).toContain(
        answer.body.code,
      )
    }
  },
  60_000,
)

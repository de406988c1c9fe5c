import { describe, expect, it } from "vitest"
import { startJourney } from "../support/journey.ts"
import { call } from "./calls.ts"
import {
  answerExamples,
  expectDescribed,
  operations,
  problemsOfAnswer,
  problemsOfRequest,
  requestExamples,
  type NamedExample,
} from "./document.ts"

const titleOf = ({ operation, mediaType, name }: NamedExample) =>
  [operation.path, mediaType.replace(/^.*\//, ""), name].join(" ")

describe("the examples in docs/openapi.json", () => {
  it.each(operations)(
    "of $path are there, for its request and its answers, and fit their schemas",
    ({ path }) => {
      const requests = requestExamples.filter(({ operation }) => operation.path === path)
      const answers = answerExamples.filter(({ operation }) => operation.path === path)
      expect([requests.length, answers.length]).not.toContain(0)
      const wrong = [
        ...requests.map((one) => [titleOf(one), problemsOfRequest(one.operation, one.value, one.mediaType)]),
        ...answers.map((one) => [titleOf(one), problemsOfAnswer(one.operation, one.status, one.value)]),
      ].filter(([, problems]) => problems?.length !== 0)
      expect(wrong).toEqual([])
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

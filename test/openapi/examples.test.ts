import { describe, expect, it } from "vitest"
import { startWithSystemUser } from "../support/system-user.ts"
import { call } from "./calls.ts"
import {
  answerExamples,
  expectDescribed,
  operationOf,
  problemsOfAnswer,
  problemsOfRequest,
  requestExamples,
  type NamedExample,
} from "./document.ts"

const titleOf = ({ operation, mediaType, name }: NamedExample) =>
  [operation.path, mediaType.replace(/^.*\//, ""), name].join(" ")

describe("the examples of requests", () => {
  it.each(requestExamples.map((one) => [titleOf(one), one] as const))("%s fits its schema", (_title, one) => {
    expect(problemsOfRequest(one.operation, one.value, one.mediaType)).toEqual([])
  })

  it("are there for every operation", () => {
    const operations = new Set(requestExamples.map(({ operation }) => operation.operationId))
    expect(operations.size).toBe(new Set(answerExamples.map(({ operation }) => operation.operationId)).size)
  })
})

describe("the examples of answers", () => {
  it.each(answerExamples.map((one) => [`${titleOf(one)} ${one.status}`, one] as const))(
    "%s fits its schema",
    (_title, { operation, status, value }) => {
      expect(problemsOfAnswer(operation, status, value)).toEqual([])
    },
  )
})

/** What comes of codes and tokens that nobody issued: the request itself is right. */
const expectedCodes = ["grant_rejected", "session_expired", "system_user_rejected", undefined]

describe.each(["cookie", "sealed"])("every request in delivery %s, sent as it stands,", (delivery) => {
  const sent = requestExamples.filter(({ name }) => name.endsWith("sealed") === (delivery === "sealed"))

  it("is understood, and its answer is in the document", async () => {
    const page = "https://app.example.com"
    const deployment = await startWithSystemUser({ ALLOWED_ORIGINS: page, REFRESH_TOKEN_DELIVERY: delivery })
    for (const { operation, mediaType, name, value } of sent) {
      const answer = await call(deployment, operationOf(operation.path), value as object, {
        mediaType,
        origin: page,
      })
      expectDescribed(operation, answer)
      expect(expectedCodes, `${operation.path} ${name}: ${JSON.stringify(answer.body)}`).toContain(
        answer.body.code,
      )
    }
  }, 60_000)
})

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { token } from "../lib/operations/token.ts"
import { bodyOf, httpEvent, signedEvent } from "./support/events.ts"
import { keySetOf, openFrontDoor, rejectedAnswer } from "./support/front-door.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const seedBody = readFixture("seed-response.json")
const seed = { status: 200, retryAfterSeconds: undefined, body: seedBody }
const sod = JSON.parse(readFixture("sod-jwks.json")) as { keys: unknown[] }

/** The examples are the response this product was specified from, at its own time. */
const atItsTime = {
  now: new Date("2018-01-18T18:21:40Z"),
  answers: [seed],
  keySet: () => Promise.resolve({ value: keySetOf(...sod.keys), stale: false }),
}

const page = httpExample("A page in a browser")
const service = httpExample("A service, over HTTPS signed with IAM")
const invoked = invokeExample()

describe("the README's examples", () => {
  it("a page's request gets the page's answer", async () => {
    const result = await openFrontDoor(token, atItsTime).invoke(httpEvent(page.request))
    expect(result.statusCode).toBe(page.status)
    expect(shortened(bodyOf(result))).toEqual(page.answer)
  })

  it("a signed request gets the signed answer, with the claims of the page's answer", async () => {
    const event = signedEvent(undefined, service.request)
    const result = await openFrontDoor(token, atItsTime).invoke(event)
    expect(result.statusCode).toBe(service.status)
    expect(service.answer.claims).toEqual({ ctx: "Cust12020", "…": "as above" })
    expect(shortened(bodyOf(result))).toEqual({ ...service.answer, claims: page.answer.claims })
  })

  it("an invocation gets the body of the signed answer, also if SuperOffice sends no new refresh token", async () => {
    const body = JSON.stringify({ ...(JSON.parse(seedBody) as object), refresh_token: undefined })
    const door = openFrontDoor(token, { ...atItsTime, answers: [{ ...seed, body }] })
    const result = await door.invoke(invoked.event)
    expect(shortened(result)).toEqual({ ...service.answer, claims: page.answer.claims })
  })

  it("an invocation whose grant SuperOffice refuses gets the error as its result", async () => {
    const door = openFrontDoor(token, { answers: [rejectedAnswer] })
    expect(await door.invoke(invoked.event)).toEqual(invoked.result)
  })
})

/** The example below a heading: a request and its answer, each a head, an empty line and a body. */
function httpExample(heading: string) {
  const [head = "", body = "", statusLine = "", answer = ""] = block(heading, "http").split("\n\n")
  const [requestLine = "", ...fields] = head.split("\n")
  const [method = "", path = ""] = requestLine.split(" ")
  const headers = fields
    .map((field) => field.split(": "))
    .map(([name = "", value]) => [name.toLowerCase(), value])
  return {
    request: { method, path, headers: Object.fromEntries(headers) as Record<string, string>, body },
    status: Number(statusLine.split(" ")[1]),
    answer: JSON.parse(answer) as Record<string, unknown>,
  }
}

function invokeExample(): { readonly event: unknown; readonly result: unknown } {
  const example = block("A cloud function, by Lambda Invoke", "text")
  const [, event = "", result = ""] = example.split(/^(?:event|result): /m)
  return { event: JSON.parse(event), result: JSON.parse(result) }
}

function block(heading: string, language: string): string {
  const section = readme.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? ""
  const [, text] = new RegExp(`^\`\`\`${language}\\n([^\`]+)\\n\`\`\`$`, "m").exec(section) ?? []
  if (text === undefined) throw new Error(`the README has no example below "${heading}"`)
  return text
}

/** Long values as the README shows them. */
function shortened(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_name, member: unknown) =>
    typeof member === "string" && member.length > 80 ? `${member.slice(0, 24)}…` : member,
  )
}

function readFixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")
}

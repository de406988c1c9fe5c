import { describe, expect, it } from "vitest"
import { bindingMembers, isBoundTo, isPastTime, type Binding } from "../../../lib/session/binding.ts"
import { completeConfig } from "../../support/context.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId, signedAt } from "../../../harness/id-tokens.ts"

const config = completeConfig()
const binding: Binding = { config, credentials, origin: pageOrigin }
const members = bindingMembers(binding)

describe("a binding", () => {
  it("is of one environment, delivery, client and origin", () => {
    const client_id = clientId
    expect(members).toEqual({ environment: "sod", delivery: "cookie", client_id, origin: pageOrigin })
    expect(isBoundTo(members, binding)).toBe(true)
  })

  it.each<[string, Partial<Binding>]>([
    ["origin", { origin: "https://other.example.com" }],
    ["environment", { config: completeConfig({ SUPEROFFICE_ENVIRONMENT: "online" }) }],
    ["delivery", { config: completeConfig({ REFRESH_TOKEN_DELIVERY: "sealed" }) }],
    ["client", { credentials: { ...credentials, clientId: "another" } }],
  ])("is not that of another %s", (_what, changes) => {
    expect(isBoundTo(members, { ...binding, ...changes })).toBe(false)
  })
})

describe("isPastTime", () => {
  const now = signedAt.getTime() / 1000

  it.each([
    [true, 0],
    [true, now + config.clockToleranceSeconds],
    [false, now + config.clockToleranceSeconds + 1],
    // What JSON.parse makes of -1e999 and 1e999.
    [false, -Infinity],
    [false, Infinity],
    [false, String(now)],
    [false, null],
    [false, undefined],
  ])("is %s for %j", (isPast, time) => {
    expect(isPastTime(time, signedAt, config)).toBe(isPast)
  })
})

import { describe, expect, it } from "vitest"
import { isBoundTo, bindingMembers, type Binding } from "../../../lib/session/binding.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/context.ts"

const binding: Binding = { config: completeConfig(), credentials, origin: pageOrigin }

describe("the members of a binding", () => {
  it("are its environment, delivery, client and origin", () => {
    expect(bindingMembers(binding)).toEqual({
      environment: "sod",
      delivery: "cookie",
      client_id: clientId,
      origin: pageOrigin,
    })
  })

  it.each<[string, Partial<Binding>]>([
    ["origin", { origin: "https://other.example.com" }],
    ["environment", { config: completeConfig({ SUPEROFFICE_ENVIRONMENT: "online" }) }],
    ["delivery", { config: completeConfig({ REFRESH_TOKEN_DELIVERY: "sealed" }) }],
    ["client", { credentials: { ...credentials, clientId: "another" } }],
  ])("are not those of another %s", (_what, changes) => {
    expect(isBoundTo(bindingMembers(binding), binding)).toBe(true)
    expect(isBoundTo(bindingMembers(binding), { ...binding, ...changes })).toBe(false)
  })
})

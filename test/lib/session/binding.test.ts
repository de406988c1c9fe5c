import { describe, expect, it } from "vitest"
import { isOfPlace, placeMarks, type Place } from "../../../lib/session/binding.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { clientId } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/invocation.ts"

const place: Place = { config: completeConfig(), credentials, origin: pageOrigin }

describe("the marks of a place", () => {
  it("are its environment, delivery, client and origin", () => {
    expect(placeMarks(place)).toEqual({
      environment: "sod",
      delivery: "cookie",
      client_id: clientId,
      origin: pageOrigin,
    })
  })

  it.each<[string, Partial<Place>]>([
    ["origin", { origin: "https://other.example.com" }],
    ["environment", { config: completeConfig({ SUPEROFFICE_ENVIRONMENT: "online" }) }],
    ["delivery", { config: completeConfig({ REFRESH_TOKEN_DELIVERY: "sealed" }) }],
    ["client", { credentials: { ...credentials, clientId: "another" } }],
  ])("are not those of another %s", (_what, changes) => {
    expect(isOfPlace(placeMarks(place), place)).toBe(true)
    expect(isOfPlace(placeMarks(place), { ...place, ...changes })).toBe(false)
  })
})

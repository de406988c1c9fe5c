import { describe, expect, it } from "vitest"
import { readSystemUserRefusal } from "../../../lib/superoffice/system-user-refusal.ts"

const clock = "clock_rejected"
const key = "signing_key_rejected"
const user = "system_user_rejected"

function meaningOf(answer: unknown): string | undefined {
  return readSystemUserRefusal(JSON.stringify(answer))
}

/** What AuthorizeErrorCode says: names, numbers and sentences in every form that was seen of them. */
const words: readonly (readonly [code: string | undefined, ...said: unknown[]])[] = [
  [clock, "InvalidTimestamp", "invalid_timestamp", " INVALIDTIMESTAMP ", "Invalid time-stamp"],
  [clock, "The supplied timestamp is invalid", "The clock differs", "The timestamp has expired"],
  [clock, "The supplied timestamp is invalid, so the signature was not verified"],
  [clock, "6", 6, "(6)", "Authorization error (6).", "authorization error 6.", "AuthorizeErrorCode=6"],
  [clock, "Authorization error: InvalidTimestamp (6)"],
  [key, "InvalidSignature", "Calculated signature is invalid", "The signature is not valid"],
  [key, "7", " 7\n", 7, "7.", "Authorization error: 7", "Authorize error code 7", "Error (7)"],
  [key, "AUTHORIZATION ERROR: INVALIDSIGNATURE (7)"],
  [user, "Revoked", "Application's access to the tenant has been revoked", "1"],
  [user, "Authorization error: Revoked (1)", "Authorization error: Expired (3)"],
  [user, "InvalidRedirectUrl", "Authorization error: InvalidRedirectUrl (2)", 2],
  [user, "Expired", "The application authorization on this tenant has expired", "(3)"],
  [user, "DENIED", "Authorization has been denied for this request.", "4"],
  [user, "NeedsReapproval", "Authorization needs to be re-approved", 5],
  [user, "Authorization error: Denied (4): the signature was good"],
  [undefined, "Authorization error: 17", "Authorization error: 7 tenants", "Authorization error 7: 8"],
  [undefined, "Unknown error: 7", "Error ( 7 )", "tenant 7 is not known", "7 tenants", "(7) tenants"],
  [undefined, "17", 17, "-7", 7.5, "(17)", "0", "8", "(9)", "７"],
  [undefined, "", "Unable to authenticate", null, true, ["InvalidSignature"], { Message: "Denied" }],
]

describe("readSystemUserRefusal", () => {
  it.each(words)("reads %s from the member ErrorMessage when it is %j", (code, ...said) => {
    for (const ErrorMessage of said) {
      expect(meaningOf({ IsSuccessful: false, Token: null, ErrorMessage }), String(ErrorMessage)).toBe(code)
    }
  })

  it.each([
    ...["ErrorMessage", "message", "ExceptionMessage", "Error", "error_description", "MessageDetail"],
    ...["AuthorizeErrorCode", "code", "title", "reason"],
  ])("reads the member %s", (name) => {
    expect(meaningOf({ [name]: "InvalidSignature" })).toBe(key)
    expect(meaningOf({ [name]: 6 })).toBe(clock)
  })

  it.each(["IsSuccessful", "Token", "MessageId", "Timestamp", "signature", "__proto__"])(
    "reads neither the member %s nor its name",
    (name) => {
      expect(readSystemUserRefusal(`{"${name}":"InvalidSignature"}`)).toBeUndefined()
      expect(readSystemUserRefusal(`{"${name}":7}`)).toBeUndefined()
    },
  )

  it("takes the most definite of what several members say", () => {
    expect(meaningOf({ Message: "Denied", ErrorMessage: "InvalidTimestamp" })).toBe(clock)
    expect(meaningOf({ Message: "Denied", ErrorCode: 7 })).toBe(key)
    expect(meaningOf({ Message: "The signature was read", ErrorCode: 1 })).toBe(user)
    expect(meaningOf({ Message: "An error has occurred.", ErrorMessage: null })).toBeUndefined()
  })

  it.each([
    ['"InvalidSignature"', key],
    ["7", key],
    ["InvalidSignature", key],
    ["Authorization error: InvalidTimestamp (6)", clock],
    ["<html><h1>Authorization error: NeedsReapproval (5)</h1></html>", user],
    ["<html><p>Calculated signature is invalid</p></html>", key],
    ["<html><script>timestamp = 1; signature(7)</script>Access denied</html>", undefined],
    ["", undefined],
    ["null", undefined],
    ['["InvalidSignature"]', undefined],
  ])("reads the body %j as %s", (body, code) => {
    expect(readSystemUserRefusal(body)).toBe(code)
  })

  it.each(["(7) ", "(7", " ", "authorizationerror", "a.", "\u0130"])(
    "reads many of %j in linear time",
    (text) => {
      const start = performance.now()
      meaningOf({ Message: `${text.repeat(50_000)}!` })
      readSystemUserRefusal(text.repeat(50_000))
      expect(performance.now() - start).toBeLessThan(2_000)
    },
  )
})

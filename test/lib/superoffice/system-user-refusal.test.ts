import { describe, expect, it } from "vitest"
import { readSystemUserRefusal } from "../../../lib/superoffice/system-user-refusal.ts"

const clock = "clock_rejected"
const key = "signing_key_rejected"
const user = "system_user_rejected"

/** What AuthorizeErrorCode says: names, numbers and sentences in every form that was seen of them. */
const words: readonly (readonly [said: unknown, code: string | undefined])[] = [
  ["InvalidTimestamp", clock],
  ["The supplied timestamp is invalid", clock],
  ["Authorization error: InvalidTimestamp (6)", clock],
  ["6", clock],
  [6, clock],
  ["(6)", clock],
  ["Authorization error (6).", clock],
  ["Authorization error: 6", clock],
  ["authorization error 6.", clock],
  ["AuthorizeErrorCode=6", clock],
  [" INVALIDTIMESTAMP ", clock],
  ["invalid_timestamp", clock],
  ["Invalid time-stamp", clock],
  ["The clock differs", clock],
  ["The timestamp has expired", clock],
  ["Expired timestamp", clock],
  ["The supplied timestamp is invalid, so the signature was not verified", clock],
  ["InvalidSignature", key],
  ["Calculated signature is invalid", key],
  ["calculated SIGNATURE is invalid.", key],
  ["Authorization error: InvalidSignature (7)", key],
  ["AUTHORIZATION ERROR: INVALIDSIGNATURE (7)", key],
  ["7", key],
  [" 7\n", key],
  [7, key],
  ["7.", key],
  ["Authorization error: 7", key],
  ["AuthorizeErrorCode: 7", key],
  ["Authorize error code 7", key],
  ["Authorization error: 17", undefined],
  ["Authorization error: 7 tenants", undefined],
  ["Authorization error 7: 8", undefined],
  ["Unknown error: 7", undefined],
  ["Error ( 7 )", undefined],
  ["Error (7)", key],
  ["The signature is not valid", key],
  ["Revoked", user],
  ["Application's access to the tenant has been revoked", user],
  ["Authorization error: Revoked (1)", user],
  ["1", user],
  ["InvalidRedirectUrl", user],
  ["Authorization error: InvalidRedirectUrl (2)", user],
  [2, user],
  ["Expired", user],
  ["The application authorization on this tenant has expired", user],
  ["Authorization error: Expired (3)", user],
  ["(3)", user],
  ["Denied", user],
  ["DENIED", user],
  ["Authorization has been denied for this request.", user],
  ["4", user],
  ["NeedsReapproval", user],
  ["needsreapproval", user],
  ["Authorization needs to be re-approved", user],
  ["Authorization error: NeedsReapproval (5)", user],
  [5, user],
  ["Authorization error: Denied (4): the signature was good", user],
  ["tenant 7 is not known", undefined],
  ["7 tenants are not known", undefined],
  ["Unknown tenant Cust7", undefined],
  ["(7) tenants", undefined],
  ["17", undefined],
  [17, undefined],
  ["77", undefined],
  ["-7", undefined],
  [7.5, undefined],
  ["(17)", undefined],
  ["0", undefined],
  ["8", undefined],
  ["(9)", undefined],
  ["７", undefined],
  ["", undefined],
  ["Unable to authenticate", undefined],
  ["The request is invalid.", undefined],
  [null, undefined],
  [true, undefined],
  [["InvalidSignature"], undefined],
  [{ Message: "InvalidSignature" }, undefined],
]

describe("SuperOffice's refusal of a system user", () => {
  it.each(words)("%j means %s, in the member ErrorMessage", (said, code) => {
    const answer = { IsSuccessful: false, Token: null, ErrorMessage: said }
    expect(readSystemUserRefusal(JSON.stringify(answer))).toBe(code)
  })

  it.each(
    "ErrorMessage errorMessage Message message MessageDetail ExceptionMessage Error error error_description"
      .split(" ")
      .concat(
        "ErrorCode AuthorizeErrorCode AuthorizeError errorDescription code detail title reason description".split(
          " ",
        ),
      ),
  )("is read in the member %s", (name) => {
    expect(readSystemUserRefusal(JSON.stringify({ [name]: "InvalidSignature" }))).toBe(key)
    expect(readSystemUserRefusal(JSON.stringify({ [name]: 6 }))).toBe(clock)
  })

  it.each(["IsSuccessful", "Token", "MessageId", "Timestamp", "signature", "__proto__"])(
    "is not read in the member %s, or in its name",
    (name) => {
      expect(readSystemUserRefusal(`{"${name}":"InvalidSignature"}`)).toBeUndefined()
      expect(readSystemUserRefusal(`{"${name}":7}`)).toBeUndefined()
    },
  )

  it("is the most definite of what several members say", () => {
    const says = (answer: object) => readSystemUserRefusal(JSON.stringify(answer))
    expect(says({ Message: "Authorization has been denied.", ErrorMessage: "InvalidTimestamp" })).toBe(clock)
    expect(says({ Message: "Denied", ErrorCode: 7 })).toBe(key)
    expect(says({ Message: "The signature was read", ErrorCode: 1 })).toBe(user)
    expect(says({ Message: "An error has occurred.", ErrorMessage: null })).toBeUndefined()
  })

  it.each([
    ['"InvalidSignature"', key],
    ["7", key],
    ['"(6)"', clock],
    ["InvalidSignature", key],
    ["Authorization error: InvalidTimestamp (6)", clock],
    ["<html><h1>Authorization error: NeedsReapproval (5)</h1></html>", user],
    ["<html><p>Calculated signature is invalid</p></html>", key],
    ["<html><script>timestamp = 1; signature(7)</script>Access denied</html>", undefined],
    ["<html>", undefined],
    ["", undefined],
    ["null", undefined],
    ["[]", undefined],
    ['["InvalidSignature"]', undefined],
    ["{", undefined],
  ])("is read from the body %j as %s", (body, code) => {
    expect(readSystemUserRefusal(body)).toBe(code)
  })

  it.each(["(7) ", "(7", " ", "authorizationerror", "a.", "\u0130"])(
    "is read in no time from a text that repeats %j",
    (text) => {
      const start = performance.now()
      readSystemUserRefusal(JSON.stringify({ Message: `${text.repeat(200_000)}!` }))
      readSystemUserRefusal(text.repeat(200_000))
      expect(performance.now() - start).toBeLessThan(2_000)
    },
  )
})

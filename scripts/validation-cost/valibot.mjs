import * as v from "valibot"

const text = (limit = 2048, ...more) =>
  v.pipe(v.string(), v.minLength(1), v.maxBytes(limit), wellFormed, ...more)
const wellFormed = v.check((value) => value.isWellFormed())
const token = () => text(8192, v.regex(/^[\x20-\x7e]+$/))
const options = { include: v.optional(v.array(v.literal("tenant"))), client_id: v.optional(text()) }

const request = v.variant("grant_type", [
  v.object({
    ...options,
    grant_type: v.literal("authorization_code"),
    code: token(),
    redirect_uri: text(2048, v.regex(/^[\x21-\x7e]+$/), v.regex(/^[^\\#]+$/), v.check(URL.canParse)),
    code_verifier: v.optional(text(2048, v.regex(/^[A-Za-z0-9._~-]{43,128}$/))),
    nonce: v.optional(text()),
    iss: v.optional(text()),
  }),
  v.object({
    ...options,
    grant_type: v.literal("refresh_token"),
    refresh_token: token(),
    sub: v.optional(text()),
    ctx: v.optional(text()),
  }),
])

/** The same checks with valibot. */
export function accepts(fields) {
  return v.safeParse(request, fields).success
}

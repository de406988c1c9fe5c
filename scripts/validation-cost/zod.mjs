import * as z from "zod"

const text = (limit = 2048) =>
  z
    .string()
    .min(1)
    .refine((value) => Buffer.byteLength(value) <= limit && value.isWellFormed())
const token = text(8192).regex(/^[\x20-\x7e]+$/)
const options = { include: z.array(z.literal("tenant")).optional(), client_id: text().optional() }

const request = z.discriminatedUnion("grant_type", [
  z.object({
    ...options,
    grant_type: z.literal("authorization_code"),
    code: token,
    redirect_uri: text()
      .regex(/^[\x21-\x7e]+$/)
      .regex(/^[^\\#]+$/)
      .refine((value) => URL.canParse(value)),
    code_verifier: text()
      .regex(/^[A-Za-z0-9._~-]{43,128}$/)
      .optional(),
    nonce: text().optional(),
    iss: text().optional(),
  }),
  z.object({
    ...options,
    grant_type: z.literal("refresh_token"),
    refresh_token: token,
    sub: text().optional(),
    ctx: text().optional(),
  }),
])

/** The same checks with zod. */
export function accepts(fields) {
  return request.safeParse(fields).success
}

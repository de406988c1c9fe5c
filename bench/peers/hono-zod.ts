import { Hono } from "hono"
import { handle } from "hono/aws-lambda"
import { z } from "zod"
import { handler as redeem } from "./plain.ts"

const codeRequest = z.object({
  code: z.string().min(1).max(8192),
  redirect_uri: z.url(),
  code_verifier: z.string().regex(/^[\w.~-]{43,128}$/),
  nonce: z.string().min(1).max(2048),
})

/** The plain stack as a web application: hono takes the HTTP API's event, zod reads the request. */
const app = new Hono()
app.post("/exchange-code", async (context) => {
  const request = codeRequest.safeParse(await context.req.json())
  if (!request.success) return context.json({ error: "invalid_request" }, 400)
  try {
    return context.json(await redeem(request.data))
  } catch {
    return context.json({ error: "invalid_grant" }, 400)
  }
})

// eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor comes with hono 5
export const handler = handle(app)

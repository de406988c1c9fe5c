import { httpEvent } from "../../support/events.ts"
import { pageOrigin, refreshTokenText, signingKey, tokenAnswer } from "../../support/front-door.ts"
import { signIdToken, superOfficeClaims } from "../../support/id-tokens.ts"
import { slope } from "../report.ts"
import { allTargets, tokenTargets } from "./target.ts"

/** Time against size. */
export interface Growth {
  readonly what: string
  /** Bytes, and the median time of one answer in microseconds. */
  readonly points: readonly (readonly [bytes: number, microseconds: number])[]
  /** Of the curve `time = c · size^exponent`. */
  readonly exponent: number
}

const sizes = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]

/** Times the shapes that readers are known to be slow on. */
export async function timeBySize(): Promise<readonly Growth[]> {
  const [page] = allTargets()
  const token = tokenTargets.token()
  if (!page) throw new Error("there is no target")
  const post = (body: string, type = "application/json", more: object = {}) =>
    page.run({ ...httpEvent({ body, headers: { origin: pageOrigin, "content-type": type } }), ...more })
  const form = "application/x-www-form-urlencoded"
  const request = { grant_type: "refresh_token", refresh_token: refreshTokenText }
  const inputs: Readonly<Record<string, (bytes: number) => () => Promise<unknown>>> = {
    "nesting in a JSON body": (bytes) => prepared(`{"code":${"[".repeat(bytes)}`, (body) => post(body)),
    "members of a JSON body": (bytes) =>
      prepared(`{${repeat((n) => `"a${n}":1`, bytes, ",")}}`, (body) => post(body)),
    "fields of a form": (bytes) =>
      prepared(
        repeat((n) => `a${n}=1`, bytes, "&"),
        (body) => post(body, form),
      ),
    "percent signs in a form": (bytes) => prepared(`code=${"%".repeat(bytes)}`, (body) => post(body, form)),
    cookies: (bytes) =>
      prepared(
        repeat((n) => `c${n}=x`, bytes, ";"),
        (cookies) => post("{}", undefined, { cookies: cookies.split(";") }),
      ),
    "claims of a signed ID Token": (bytes) =>
      prepared(
        signIdToken(
          signingKey,
          superOfficeClaims(
            Object.fromEntries(Array.from({ length: bytes / 20 }, (_, n) => [`claim-${n}`, "value"])),
          ),
        ),
        (idToken) => token.run(request, tokenAnswer({}, idToken)),
      ),
    "dots in an ID Token": (bytes) =>
      prepared(".".repeat(bytes), (idToken) => token.run(request, tokenAnswer({}, idToken))),
  }
  const growths: Growth[] = []
  for (const [what, make] of Object.entries(inputs)) {
    const points: [number, number][] = []
    for (const bytes of sizes) points.push([bytes, await median(make(bytes))])
    const exponent = slope(points.map(([x, y]) => [Math.log(x), Math.log(y)]))
    growths.push({ what, points, exponent })
  }
  return growths
}

function prepared<Input>(input: Input, run: (input: Input) => Promise<unknown>): () => Promise<unknown> {
  return () => run(input)
}

function repeat(part: (n: number) => string, bytes: number, separator: string): string {
  let text = part(0)
  for (let n = 1; text.length < bytes; n += 1) text += separator + part(n)
  return text
}

/** In microseconds, of 60 runs after 20. */
async function median(run: () => Promise<unknown>): Promise<number> {
  for (let n = 0; n < 20; n += 1) await run()
  const times: number[] = []
  for (let n = 0; n < 60; n += 1) {
    const before = performance.now()
    await run()
    times.push((performance.now() - before) * 1000)
  }
  return times.sort((a, b) => a - b)[30] ?? 0
}

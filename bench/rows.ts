import { fileURLToPath } from "node:url"
import type { Door } from "./work.ts"

export type RowName =
  | "product"
  | "bare"
  | "plain"
  | "openid-client"
  | "oauth4webapi"
  | "middy-powertools"
  | "hono-zod"
  | "badgateway-oauth2-client"
  | "limit"

/** One row of every table. */
export interface Row {
  readonly name: RowName
  readonly label: string
  /** A peer is what a user would pick instead; the other rows are marks to measure by. */
  readonly kind: "product" | "peer" | "mark"
  readonly door: Door
  readonly bundle: string
}

export const benchFolder = fileURLToPath(new URL("../dist/bench/", import.meta.url))

const product = fileURLToPath(new URL("../dist/functions/exchange-code.cjs", import.meta.url))

export const rows: readonly Row[] = [
  row("product", "this product", "product", { bundle: product }),
  row("plain", "plain: AWS SDK, fetch, jose", "peer"),
  row("openid-client", "openid-client", "peer"),
  row("oauth4webapi", "oauth4webapi", "peer"),
  row("middy-powertools", "middy, Powertools, plain", "peer"),
  row("hono-zod", "hono, zod, plain", "peer", { door: "http" }),
  row("badgateway-oauth2-client", "@badgateway/oauth2-client, jose", "peer"),
  row("limit", "limit: SigV4 by hand, jose", "mark"),
  row("bare", "bare: does nothing", "mark"),
]

/** Rows that do the work. */
export const workingRows = rows.filter(({ name }) => name !== "bare")

function row(
  name: RowName,
  label: string,
  kind: Row["kind"],
  special: Partial<Pick<Row, "door" | "bundle">> = {},
): Row {
  return { name, label, kind, door: "direct", bundle: `${benchFolder}peers/${name}.cjs`, ...special }
}

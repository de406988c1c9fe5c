import { readFileSync } from "node:fs"

/** What an installed package says of itself. */
export function manifestOf(name: string): { readonly version: string; readonly license: string } {
  const text = readFileSync(`node_modules/${name}/package.json`, "utf8")
  const { version, license } = JSON.parse(text) as Readonly<Record<string, unknown>>
  if (typeof version !== "string" || typeof license !== "string") {
    throw new Error(`${name} does not say its version and its licence`)
  }
  return { version, license }
}

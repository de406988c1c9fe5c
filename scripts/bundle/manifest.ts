import { readFileSync } from "node:fs"

/** Reads version and licence of an installed package. */
export function manifestOf(name: string): { readonly version: string; readonly license: string } {
  const text = readFileSync(`node_modules/${name}/package.json`, "utf8")
  const { version, license } = JSON.parse(text) as Readonly<Record<string, unknown>>
  if (typeof version !== "string" || typeof license !== "string") {
    throw new Error(`${name} has no version or licence in its package.json`)
  }
  return { version, license }
}

import { readdir, readFile } from "node:fs/promises"
import { manifestOf } from "./manifest.ts"

/** The third-party licences that must be distributed with a bundle. Each text is listed once, under its packages. */
export async function noticesOf(names: Iterable<string>): Promise<string> {
  const packagesByText = new Map<string, string[]>()
  for (const name of [...names].sort()) {
    const { version } = manifestOf(name)
    const text = await licenceTexts(name)
    packagesByText.set(text, [...(packagesByText.get(text) ?? []), `${name} ${version}`])
  }
  return [...packagesByText]
    .map(([text, packages]) => `${packages.join("\n")}\n\n${text}\n`)
    .join(`\n${"-".repeat(80)}\n\n`)
}

async function licenceTexts(name: string): Promise<string> {
  const files = (await readdir(`node_modules/${name}`)).filter((file) =>
    /^(licen[cs]e|notice)(\.|$)/i.test(file),
  )
  if (files.length === 0) throw new Error(`${name} has no licence file`)
  const texts = await Promise.all(
    files.sort().map((file) => readFile(`node_modules/${name}/${file}`, "utf8")),
  )
  return texts.map((text) => text.trim()).join("\n\n")
}

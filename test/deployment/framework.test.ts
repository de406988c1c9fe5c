import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"

/**
 * What Serverless Framework v4 reads, as far as `serverless.yml` uses it: keys of its reference, `*` for a name of ours.
 *
 * @see {@link https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml}
 */
const readByVersion4 = `service frameworkVersion configValidationMode custom resources
  provider.name provider.stage provider.region provider.runtime provider.architecture provider.memorySize
  provider.timeout provider.logRetentionInDays provider.logs.httpApi.format provider.deploymentMethod
  provider.versionFunctions provider.environment.*
  package.individually package.excludeDevDependencies package.patterns
  functions.*.handler functions.*.description functions.*.role functions.*.maximumRetryAttempts
  functions.*.package.patterns functions.*.environment.*
  functions.*.events.httpApi.method functions.*.events.httpApi.path functions.*.events.httpApi.authorizer.type`
const root = new URL("../../", import.meta.url)
const service = readFileSync(new URL("serverless.yml", root), "utf8")

describe("serverless.yml", () => {
  it("uses nothing but what Serverless Framework v4 reads too", () => {
    const used = new Set(keysOf(parse(service, { logLevel: "silent" })))
    expect(used).toEqual(new Set(readByVersion4.split(/\s+/)))
  })

  it("reads variables only from sources that v4 has", () => {
    const folder = new URL("deploy/", root)
    const deploy = readdirSync(folder)
      .filter((name) => /\.(yml|cjs)$/.test(name))
      .map((name) => readFileSync(new URL(name, folder), "utf8"))
    const variables = [service, ...deploy].join("\n").matchAll(/\$\{((?:[^{}]|\$\{[^{}]*\})*)\}/g)
    const alternatives = [...variables].flatMap(([, inside = ""]) => inside.split(", "))
    const sources = new Set(alternatives.flatMap((one) => /^(\w+)[:(](?!:)/.exec(one)?.[1] ?? []))
    expect([...sources].sort()).toEqual(["file", "opt", "self", "sls"])
  })
})

/** Paths of all keys; lists count as what they hold, names of ours as `*`, resources as one. */
function keysOf(value: unknown, path: readonly string[] = []): string[] {
  const here = path.join(".")
  if (Array.isArray(value) && here !== "resources") {
    const inside = value.flatMap((one) => keysOf(one, path))
    return inside.length > 0 ? inside : [here]
  }
  if (typeof value !== "object" || value === null || here === "resources") return [here]
  const isOurs = path.at(-1) === "environment" || here === "functions"
  return Object.entries(value).flatMap(([key, one]) => keysOf(one, [...path, isOurs ? "*" : key]))
}

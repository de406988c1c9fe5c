import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { expect, it } from "vitest"
import { defaultEndpointResolver } from "../../scripts/bundle/endpoint-resolver.ts"

const original = new SecretsManagerClient({ region: "eu-west-1" }).config.endpointProvider

it.each([false, true])("the bundles find Secrets Manager where the AWS SDK does, with FIPS %s", (UseFIPS) => {
  const regions = knownRegions()
  expect(regions.length).toBeGreaterThan(40)
  for (const Region of regions) {
    const parameters = { Region, UseFIPS, UseDualStack: false }
    expect(defaultEndpointResolver(parameters).url.href).toBe(original(parameters).url.href)
  }
})

it("the bundles take the endpoint that is named", () => {
  const { url } = defaultEndpointResolver({
    Region: "eu-west-1",
    UseFIPS: false,
    Endpoint: "http://127.0.0.1:4566",
  })
  expect(url.origin).toBe("http://127.0.0.1:4566")
})

/** Every region of the SDK's own table. */
function knownRegions(): string[] {
  const sdk = createRequire(createRequire(import.meta.url).resolve("@aws-sdk/client-secrets-manager"))
  const core = sdk.resolve("@aws-sdk/core").replace(/dist-cjs.*$/, "")
  const table = "dist-es/submodules/client/util-endpoints/lib/aws/partitions.js"
  const source = readFileSync(core + table, "utf8")
  return [...new Set([...source.matchAll(/"([a-z]{2,4}(?:-[a-z]+)+-\d)"/g)].map(([, region = ""]) => region))]
}

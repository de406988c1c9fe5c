import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Plugin } from "esbuild"

/**
 * Files of the AWS SDK that the bundles replace, and the replacement of each (docs/decisions/bundle.md). A
 * replacement keeps the path of the original, so that its relative imports resolve as the original's do (`rootDirs`
 * in tsconfig.json lets the compiler find them).
 */
const replacements = [
  {
    file: "@aws-sdk/client-secrets-manager/dist-es/endpoint/endpointResolver.js",
    by: "endpoint-resolver.ts",
  },
  { file: "@aws-sdk/client-secrets-manager/dist-es/runtimeConfig.js", by: "runtime-config.ts" },
  {
    file: "@smithy/core/dist-es/submodules/endpoints/middleware-endpoint/adaptors/getEndpointFromConfig.js",
    by: "endpoint-from-environment.ts",
  },
  {
    file: "@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js",
    by: "no-partitions.ts",
  },
  {
    file: "@aws-sdk/core/dist-es/submodules/client/middleware-recursion-detection/recursionDetectionMiddleware.js",
    by: "no-recursion-detection.ts",
  },
  {
    file: "@aws-sdk/core/dist-es/submodules/httpAuthSchemes/aws_sdk/clock-skew-defaults.js",
    by: "clock-skew-from-environment.ts",
  },
  { file: "@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js", by: "unused.ts" },
  { file: "@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js", by: "unused.ts" },
]

/** Matches the path of this file of a package, with the separators of every system. */
export function fileInPackages(file: string): RegExp {
  const name = file.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]")
  return new RegExp(`[\\\\/]node_modules[\\\\/]${name}$`)
}

/** An esbuild plugin that makes the replacements, and fails when a file to replace is not found. */
export const replaceInSdk: Plugin = {
  name: "replace-in-sdk",
  setup(build) {
    const replaced = new Set<string>()
    build.onStart(() => {
      replaced.clear()
    })
    for (const { file, by } of replacements) {
      build.onLoad({ filter: fileInPackages(file) }, async () => {
        replaced.add(file)
        return { contents: await readFile(fileURLToPath(new URL(by, import.meta.url)), "utf8"), loader: "ts" }
      })
    }
    build.onEnd(() => {
      const missed = replacements.filter(({ file }) => !replaced.has(file))
      return { errors: missed.map(({ file }) => ({ text: `${file} is not part of the AWS SDK any more` })) }
    })
  },
}

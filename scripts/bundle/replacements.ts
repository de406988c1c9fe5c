import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Plugin } from "esbuild"

/**
 * Files of the AWS SDK that the bundles replace, and the replacement of each: docs/decisions/bundle.md has what each
 * saves, and `npm run bench -- --replacements` measures it. A replacement keeps the path of the original, so that its
 * relative imports resolve as the original's do (`rootDirs` in tsconfig.json lets the compiler find them).
 */
export const replacements: readonly Replacement[] = [
  {
    name: "runtime configuration",
    file: "@aws-sdk/client-secrets-manager/dist-es/runtimeConfig.js",
    by: "runtime-config.ts",
  },
  {
    name: "endpoint in profile files",
    file: "@smithy/core/dist-es/submodules/endpoints/middleware-endpoint/adaptors/getEndpointFromConfig.js",
    by: "endpoint-from-environment.ts",
  },
  {
    name: "clock skew in profile files",
    file: "@aws-sdk/core/dist-es/submodules/httpAuthSchemes/aws_sdk/clock-skew-defaults.js",
    by: "clock-skew-from-environment.ts",
  },
  {
    name: "event streams",
    file: "@smithy/core/dist-es/submodules/event-streams/index.js",
    by: "no-event-streams.ts",
  },
  {
    name: "adaptive retry strategy",
    file: "@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js",
    by: "unused.ts",
  },
  {
    name: "SHA-256 in JavaScript",
    file: "@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js",
    by: "unused.ts",
  },
]

export interface Replacement {
  /** What the SDK keeps in the file, for tables. */
  readonly name: string
  /** Path in node_modules. */
  readonly file: string
  /** A file of this folder. */
  readonly by: string
}

/** Matches the path of this file of a package, with the separators of every system. */
export function fileInPackages(file: string): RegExp {
  const name = file.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]")
  return new RegExp(`[\\\\/]node_modules[\\\\/]${name}$`)
}

/** An esbuild plugin that makes these replacements, and fails when a file to replace is not found. */
export function replaceInSdk(wanted: readonly Replacement[]): Plugin {
  return {
    name: "replace-in-sdk",
    setup(build) {
      const replaced = new Set<string>()
      for (const { file, by } of wanted) {
        build.onLoad({ filter: fileInPackages(file) }, async () => {
          replaced.add(file)
          return {
            contents: await readFile(fileURLToPath(new URL(by, import.meta.url)), "utf8"),
            loader: "ts",
          }
        })
      }
      build.onEnd(() => {
        const missed = wanted.filter(({ file }) => !replaced.has(file))
        return { errors: missed.map(({ file }) => ({ text: `${file} is not part of the AWS SDK any more` })) }
      })
    },
  }
}

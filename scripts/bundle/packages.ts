import type { Metafile } from "esbuild"

/** The name of the package that a file belongs to, the innermost one; undefined for a file of ours. */
export function packageOf(path: string): string | undefined {
  const [, name] = /^(?:.*[\\/])?node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path) ?? []
  return name?.replace("\\", "/")
}

/** The packages in a bundle, from esbuild's metafile: bytes by name, without packages that add no bytes. */
export function packagesIn({ outputs }: Metafile): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path)
      if (name !== undefined && bytesInOutput > 0) bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput)
    }
  }
  return bytes
}

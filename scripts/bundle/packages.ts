import type { Metafile } from "esbuild"

/** The packages in a bundle, from esbuild's metafile: bytes by name, without packages that add no bytes. */
export function packagesIn({ outputs }: Metafile): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? []
      if (name !== undefined && bytesInOutput > 0) bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput)
    }
  }
  return bytes
}

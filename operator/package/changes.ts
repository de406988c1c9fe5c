import type { ServicePackage } from "./package.ts"
import type { Json, JsonObject, Resource } from "./template.ts"

/** How the second package differs from the first, a line each. */
export function changesSince(before: ServicePackage, after: ServicePackage): string[] {
  const ids = [...new Set([...Object.keys(before.stack.resources), ...Object.keys(after.stack.resources)])]
  const lines: string[] = []
  const changed = new Map<string, string[]>()
  for (const id of ids) {
    const [old, now] = [before.stack.resources[id], after.stack.resources[id]]
    if (old === undefined || now === undefined) lines.push(addedOrRemoved(id, old, now))
    else {
      for (const path of differences(old.properties, now.properties, []))
        changed.set(path, [...(changed.get(path) ?? []), id])
    }
  }
  const code = Object.entries(after.archives)
    .filter(([name, { sha256 }]) => name in before.archives && before.archives[name]?.sha256 !== sha256)
    .map(([name]) => name)
  return [
    ...lines,
    ...[...changed].map(([path, of]) => `changed  ${path} of ${together(of, after)}`),
    ...(code.length > 0 ? [`changed  code of ${code.join(", ")}`] : []),
  ]
}

/** All resources of one type are one word. */
function together(ids: readonly string[], { stack: { resources } }: ServicePackage): string {
  const type = resources[ids[0] ?? ""]?.type ?? ""
  const all = Object.values(resources).filter((resource) => resource.type === type).length
  const isAll = ids.length > 1 && ids.length === all && ids.every((id) => resources[id]?.type === type)
  return isAll ? `every ${type}` : ids.join(", ")
}

function addedOrRemoved(id: string, before: Resource | undefined, after: Resource | undefined): string {
  if (before === undefined) return `added    ${id} (${after?.type ?? ""})`
  const stays = before.deletionPolicy?.startsWith("Retain") ? ", which stays in the account" : ""
  return `removed  ${id} (${before.type})${stays}`
}

/** Paths of members that differ. The place of an archive in its bucket has the time of packaging, so it does not count. */
function differences(before: Json | undefined, after: Json | undefined, path: readonly string[]): string[] {
  if (path.join(".") === "Code.S3Key" || JSON.stringify(before) === JSON.stringify(after)) return []
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) => differences(before[name], after[name], [...path, name]))
  }
  return [path.join(".")]
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json)
}

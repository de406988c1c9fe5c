import { CommandFailure } from "../failure.ts"
import { print } from "../terminal.ts"
import { compareAppToken } from "./app-token.ts"
import { problemOf, readDocument, sealingKeyIds } from "./document.ts"
import type { SecretStore } from "./store.ts"

/**
 * Prints versions and ids of sealing keys, but no value. Returns false when the functions cannot use the current
 * version, or when the app token secret does not contain its client secret.
 */
export async function status(store: SecretStore, appTokenStore: SecretStore | undefined): Promise<boolean> {
  const { CreatedDate, LastChangedDate, DeletedDate, VersionIdsToStages = {} } = await store.describe()
  print(`Secret ${store.secretId} in ${store.region}`)
  print(`created ${time(CreatedDate)}, changed ${time(LastChangedDate)}`)
  if (DeletedDate) {
    throw new CommandFailure(
      "The secret is scheduled for deletion: aws secretsmanager restore-secret cancels that.",
    )
  }
  let isUsable = false
  for (const [id, stages] of Object.entries(VersionIdsToStages).sort(byStages)) {
    const { createdAt, text } = await store.read(id)
    const { finding, isGood } = examine(text)
    print(`version ${id} (${stages.join(", ")}), created ${time(createdAt)}`)
    print(`  ${finding}`)
    if (stages.includes("AWSCURRENT")) isUsable = isGood
  }
  if (!appTokenStore) return isUsable
  const { state, finding } = await compareAppToken(store, appTokenStore)
  print(`App token secret ${appTokenStore.secretId} in ${appTokenStore.region}`)
  print(`  ${finding}`)
  if (state === "different" || state === "missing") print("  create and replace write it: see --help.")
  return isUsable && state === "same"
}

function examine(text: string | undefined): { readonly finding: string; readonly isGood: boolean } {
  try {
    const document = readDocument(text)
    const problem = problemOf(document)
    if (problem !== undefined) return { finding: problem, isGood: false }
    return { finding: sealingKeys(sealingKeyIds(document)), isGood: true }
  } catch (error) {
    if (error instanceof CommandFailure) return { finding: error.message, isGood: false }
    throw error
  }
}

function sealingKeys([sealing, ...others]: readonly string[]): string {
  if (sealing === undefined) return "no sealing keys: no page can sign in"
  const list = [`${sealing} (seals)`, ...others].join(", ")
  return `${others.length + 1} sealing ${others.length === 0 ? "key" : "keys"}: ${list}`
}

/** AWSCURRENT first, then AWSPREVIOUS, then all others. */
function byStages([, a]: [string, string[]], [, b]: [string, string[]]): number {
  return (a[0] ?? "").localeCompare(b[0] ?? "")
}

function time(date: Date | undefined): string {
  return date?.toISOString().replace(/\.\d+Z$/, "Z") ?? "at an unknown time"
}

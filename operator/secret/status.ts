import { CommandFailure } from "../failure.ts"
import { print } from "../terminal.ts"
import { problemOf, readDocument, sealingKeyIds } from "./document.ts"
import type { SecretStore } from "./store.ts"

/** Tells versions and sealing keys, and no value. False when the functions cannot use the current version. */
export async function status(store: SecretStore): Promise<boolean> {
  const { CreatedDate, LastChangedDate, DeletedDate, VersionIdsToStages = {} } = await store.describe()
  print(`Secret ${store.secretId} in ${store.region}`)
  print(`created ${time(CreatedDate)}, changed ${time(LastChangedDate)}`)
  if (DeletedDate) {
    throw new CommandFailure("It is scheduled for deletion: aws secretsmanager restore-secret keeps it.")
  }
  let isUsable = false
  for (const [id, stages] of Object.entries(VersionIdsToStages).sort(byStages)) {
    const { createdAt, text } = await store.read(id)
    const { says, isGood } = examine(text)
    print(`version ${id} (${stages.join(", ")}), created ${time(createdAt)}`)
    print(`  ${says}`)
    if (stages.includes("AWSCURRENT")) isUsable = isGood
  }
  return isUsable
}

function examine(text: string | undefined): { readonly says: string; readonly isGood: boolean } {
  try {
    const document = readDocument(text)
    const problem = problemOf(document)
    if (problem !== undefined) return { says: problem, isGood: false }
    return { says: sealingKeys(sealingKeyIds(document)), isGood: true }
  } catch (error) {
    if (error instanceof CommandFailure) return { says: error.message, isGood: false }
    throw error
  }
}

function sealingKeys([sealing, ...others]: readonly string[]): string {
  if (sealing === undefined) return "no sealing keys: no page can sign in"
  const list = [`${sealing} (seals)`, ...others].join(", ")
  return `${others.length + 1} sealing ${others.length === 0 ? "key" : "keys"}: ${list}`
}

/** AWSCURRENT, AWSPREVIOUS, and then whatever else there is. */
function byStages([, a]: [string, string[]], [, b]: [string, string[]]): number {
  return (a[0] ?? "").localeCompare(b[0] ?? "")
}

function time(date: Date | undefined): string {
  return date?.toISOString().replace(/\.\d+Z$/, "Z") ?? "at an unknown time"
}

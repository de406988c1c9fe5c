import { confirm, print } from "../terminal.ts"
import { writeDocument, type SecretDocument } from "./document.ts"
import type { SecretOptions } from "./options.ts"
import type { SecretStore, SecretVersion } from "./store.ts"

/** A change of the secret. It is printed before it is made. */
export interface Change {
  /** What changes, and who is affected. */
  readonly lines: readonly string[]
  /** The new document. May ask the operator for a value. */
  readonly next: () => SecretDocument | Promise<SecretDocument>
  /** Stores the text. Returns the id of the new version. */
  readonly write: (text: string) => Promise<string>
  /** What to do, or to wait for, after the change. */
  readonly afterwards: string
}

/** Makes the change; for a dry run, only prints it. Returns false when the operator declines. */
export async function makeChange(
  change: Change,
  current: SecretVersion | "absent" | "empty",
  store: SecretStore,
  { dryRun, yes }: SecretOptions,
): Promise<boolean> {
  print(`Secret ${store.secretId} in ${store.region}, ${describe(current)}:`)
  for (const line of change.lines) print(`  ${line}`)
  if (dryRun) {
    print("Nothing was changed: this is a dry run.")
    return true
  }
  const text = writeDocument(await change.next())
  if (!yes && !(await confirm("Change it?"))) {
    print("Nothing was changed.")
    return false
  }
  const version = await change.write(text)
  print(`Done: ${version} is the current version${hasValue(current) ? ` in place of ${current.id}` : ""}.`)
  print(change.afterwards)
  return true
}

function describe(current: SecretVersion | "absent" | "empty"): string {
  if (hasValue(current)) return `version ${current.id}`
  return current === "empty" ? "which has no value yet" : "which does not exist yet"
}

function hasValue(current: SecretVersion | "absent" | "empty"): current is SecretVersion {
  return typeof current === "object"
}

import { confirm, print } from "../terminal.ts"
import { writeDocument, type SecretDocument } from "./document.ts"
import type { SecretOptions } from "./options.ts"
import type { SecretStore, SecretVersion } from "./store.ts"

/** A change of a secret, told before it is made. */
export interface Change {
  /** What will be different, and who notices. */
  readonly lines: readonly string[]
  /** The secret as it shall be; asks for what is still needed. */
  readonly next: () => SecretDocument | Promise<SecretDocument>
  /** Stores it; gives the id of the version. */
  readonly write: (text: string) => Promise<string>
  /** What there is to do, or to wait for, when it is done. */
  readonly afterwards: string
}

/** Makes the change, or says what it would be. False when the operator decided against it. */
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
  return current === "empty" ? "still without a value" : "not there yet"
}

function hasValue(current: SecretVersion | "absent" | "empty"): current is SecretVersion {
  return typeof current === "object"
}

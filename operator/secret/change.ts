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
  /** What there is to do, or to wait for, when it is done. */
  readonly afterwards: string
}

/** Makes the change, or says what it would be. False when the operator decided against it. */
export async function makeChange(
  change: Change,
  current: SecretVersion | undefined,
  store: SecretStore,
  { dryRun, yes }: SecretOptions,
): Promise<boolean> {
  print(
    `Secret ${store.secretId} in ${store.region}, ${current ? `version ${current.id}` : "not there yet"}:`,
  )
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
  const version = current ? await store.replace(current, text) : await store.create(text)
  print(
    current
      ? `Done: ${version} is the current version in place of ${current.id}.`
      : `Done: version ${version}.`,
  )
  print(change.afterwards)
  return true
}

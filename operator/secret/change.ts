import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import { confirm, print } from "../terminal.ts"
import type { SecretOptions, StageFacts } from "./read-options.ts"
import type { CurrentValue, SecretStore, SecretVersion } from "./store.ts"

/** A change of one secret. It is printed before it is made. */
export interface Change {
  readonly store: SecretStore
  readonly current: CurrentValue
  /** What the secret would contain, for "already contains this …". */
  readonly value: "client secret" | "private key" | "sealing key" | "signing key"
  /** What changes, and who is affected. */
  readonly lines: readonly string[]
  /** The new text; undefined if the secret contains it already. May ask the operator for a value. */
  readonly next: () => string | undefined | Promise<string | undefined>
  /** Stores the text. Returns the id of the new version. */
  readonly write: (text: string) => Promise<string>
}

/**
 * Makes the changes, one after the other; for a dry run, only prints them. A failure leaves out the changes that come after
 * it. `afterwards` says what to do, or to wait for. Returns false when the operator declines.
 */
export async function makeChanges(
  changes: readonly Change[],
  afterwards: readonly string[],
  { dryRun, yes }: Pick<SecretOptions, "dryRun" | "yes">,
): Promise<boolean> {
  for (const { store, current, lines } of changes) {
    print(`Secret ${store.secretId} in ${store.region}, ${describe(current)}:`)
    for (const line of lines) print(`  ${plain(line, 1_000)}`)
  }
  if (dryRun) {
    print("Nothing was changed: this is a dry run.")
    return true
  }
  const writes = await prepare(changes)
  if (!yes && !(await confirm("Change it?"))) {
    print("Nothing was changed.")
    return false
  }
  const several = changes.length > 1
  for (const { store, current, write, text } of writes) {
    const version = await write(text)
    const of = several ? ` of ${store.secretId}` : ""
    print(
      `Done: ${version} is the current version${of}${hasValue(current) ? ` in place of ${current.id}` : ""}.`,
    )
  }
  for (const line of afterwards) print(line)
  return true
}

/** Stores a value in a secret that has this. */
export async function write(
  store: SecretStore,
  current: CurrentValue,
  text: string,
  kmsKeyId?: string,
): Promise<string> {
  return current === "absent" ? await store.create(text, kmsKeyId) : await store.replace(current, text)
}

/** What is said of the encryption key. Only a secret that a command creates gets the one that is given. */
export function keyLines(current: CurrentValue, kmsKeyArn: string | undefined): string[] {
  if (current === "absent") return [`encryption key: ${kmsKeyArn ?? "aws/secretsmanager, the account's own"}`]
  return kmsKeyArn === undefined ? [] : ["encryption key: kept, because the secret exists"]
}

/** The next step when a deployment does not know the secrets yet; `names` are their settings. */
export function deployIt(names: readonly string[], stage: StageFacts | undefined): string {
  return stage === undefined
    ? `Name it in deployment.yml (${names.join(", ")}), and deploy.`
    : `Next: npm run deploy -- ${stage.words}`
}

/** Takes the new texts before anything is written, so that a text that cannot be used changes nothing. */
async function prepare(changes: readonly Change[]): Promise<(Change & { readonly text: string })[]> {
  const writes: (Change & { readonly text: string })[] = []
  const kept: Change[] = []
  for (const change of changes) {
    const text = await change.next()
    if (text === undefined) kept.push(change)
    else writes.push({ ...change, text })
  }
  const [first] = kept
  if (first && writes.length === 0) {
    const which = changes.length > 1 ? "Both secrets already contain" : "The secret already contains"
    throw new CommandFailure(`${which} this ${first.value}: nothing was changed.`)
  }
  for (const { store, value } of kept) {
    print(`${store.secretId} already contains this ${value}, so it is left as it is.`)
  }
  return writes
}

function describe(current: CurrentValue): string {
  if (hasValue(current)) return `version ${current.id}`
  return current === "empty" ? "which has no value yet" : "which does not exist yet"
}

function hasValue(current: CurrentValue): current is SecretVersion {
  return typeof current === "object"
}

import { ExchangeError } from "../../lib/errors.ts"
import { CommandFailure } from "../failure.ts"
import { shellWord } from "../shell.ts"
import { awsOptions } from "./aws-failure.ts"
import { write, type Change } from "./change.ts"
import type { SecretOptions } from "./read-options.ts"
import {
  isInReserve,
  readSigningKeys,
  readWithoutKeys,
  type SigningKeyDocument,
  type SigningKeys,
  type StoredSigningKey,
} from "./signing-key-list.ts"
import { refuseToOverwrite, type CurrentValue, type SecretStore, type SecretVersion } from "./store.ts"

/** What is wrong with the secret, and how to correct it. Contains no value. */
export interface SigningKeyProblem {
  readonly finding: string
  readonly correctedBy: string
}

/** Reads the signing keys of a version as the functions do, or says what is wrong with them. */
export function examineSigningKeys(
  store: SecretStore,
  { text, createdAt }: SecretVersion,
  { nextCommand }: SecretOptions,
): SigningKeyDocument | SigningKeyProblem {
  try {
    return readSigningKeys(text, createdAt)
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    const add = nextCommand("add-signing-key")
    const empty = `aws secretsmanager put-secret-value --secret-id ${shellWord(store.secretId)} --secret-string '{}'${awsOptions(store)}`
    const anew = `undo the change by hand that made it so. To begin again with new keys: ${empty}, and then ${add}`
    return { finding: error.message, correctedBy: readWithoutKeys(text) ? add : anew }
  }
}

/** Reads the signing keys for a change. Throws `CommandFailure` if the functions cannot use them. */
export function readHeld(
  store: SecretStore,
  current: SecretVersion,
  options: SecretOptions,
): SigningKeyDocument {
  const held = examineSigningKeys(store, current, options)
  if ("keys" in held) return held
  throw new CommandFailure(
    `Nothing was changed, because ${held.finding}. To correct that: ${held.correctedBy}`,
  )
}

/** As `readHeld`, for a secret that may have no keys yet. Throws `CommandFailure` for one that is for something else. */
export function readHeldOrNone(
  store: SecretStore,
  current: CurrentValue,
  options: SecretOptions,
): SigningKeyDocument {
  if (typeof current === "string") return { document: {}, keys: [] }
  const none = readWithoutKeys(current.text)
  if (none) return none
  if (!current.text?.includes("signing_keys")) refuseToOverwrite(store, "signing keys")
  return readHeld(store, current, options)
}

/** The change that stores what `keysAt` gives for the moment of the change, which is after the operator's answer. */
export function signingKeyChange(
  store: SecretStore,
  current: CurrentValue,
  { document }: SigningKeyDocument,
  { kmsKeyArn }: SecretOptions,
  { lines, keysAt }: Pick<Change, "lines"> & { readonly keysAt: (now: Date) => SigningKeys },
): Change {
  const textAt = (now: Date): string => JSON.stringify({ ...document, signing_keys: keysAt(now) })
  return {
    store,
    current,
    value: "signing key",
    lines,
    next: () => textAt(new Date()),
    write: () => write(store, current, textAt(new Date()), kmsKeyArn),
  }
}

export function findKey(kid: string, keys: SigningKeys, { nextCommand }: SecretOptions): StoredSigningKey {
  const key = keys.find((one) => one.kid === kid)
  if (key) return key
  throw new CommandFailure(`There is no signing key with that id. To list the ids: ${nextCommand("status")}`)
}

/** The line of a key among these, for what a command says beforehand. */
export function keyLine(key: StoredSigningKey, keys: SigningKeys): string {
  const others = isInReserve(key, keys) ? "is in reserve" : "has stopped signing, and stays published"
  return `signing key: ${key.kid} ${key === keys[0] ? "signs" : others}`
}

/** What to say when there is no reserve. */
export function reserveLines(keys: SigningKeys, { nextCommand }: SecretOptions): string[] {
  if (keys.some((key) => isInReserve(key, keys))) return []
  return [`There is no signing key in reserve. Next: ${nextCommand("add-signing-key")}`]
}

/** How long tokens are valid. Without `deployment.yml` it is not known: as long as the functions allow. */
export function tokenSecondsOf({ stage }: SecretOptions): number {
  return stage?.apiTokenSeconds ?? 3_600
}

/** How long a key stays published after it stopped signing. */
export function unusedAfter(options: SecretOptions): string {
  const most = options.stage === undefined ? "at most " : ""
  return `an hour plus API_TOKEN_SECONDS (${most}${tokenSecondsOf(options)})`
}

import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import { shellWord } from "../shell.ts"
import { makeChanges } from "./change.ts"
import type { SecretOptions } from "./read-options.ts"
import {
  findKey,
  keyLine,
  readHeld,
  reserveLines,
  signingKeyChange,
  tokenSecondsOf,
  unusedAfter,
} from "./signing-key-change.ts"
import {
  knownAfterHours,
  knownFrom,
  successorIn,
  unusedFrom,
  withSigner,
  type SigningKeys,
  type StoredSigningKey,
} from "./signing-key-list.ts"
import type { SecretStore } from "./store.ts"
import { formatTime } from "./time.ts"

/**
 * Removes the key that stopped signing first, or the one named. With `--leaked`, removes the key that signs, or the one named,
 * at once; then the reserve signs. Never removes the only key.
 */
export async function retireSigningKey(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const { leaked, nextCommand } = options
  const current = await store.currentVersion()
  const held = readHeld(store, current, options)
  const { keys } = held
  const key = options.kid === undefined ? byDefault(keys, options) : findKey(options.kid, keys, options)
  if (!leaked) checkRetirable(key, keys, options)
  const others = keys.filter((other) => other !== key)
  const signer = key === keys[0] ? successorIn(others, new Date()) : keys[0]
  if (signer === undefined) {
    throw new CommandFailure(
      `${plain(key.kid)} is the only signing key, so it cannot be removed. Before: ${nextCommand("add-signing-key")}`,
    )
  }
  const left = withSigner(others, signer)
  const change = signingKeyChange(store, current, held, options, {
    lines: [
      `signing key: ${key.kid} is removed`,
      ...left.map((other) => keyLine(other, left)),
      ...effectLines(key, options),
      ...(knownFrom(signer) > new Date() && key === keys[0]
        ? [`Verifiers that do not know ${signer.kid} yet refuse its tokens until then.`]
        : []),
    ],
    keysAt: () => left,
  })
  return await makeChanges([change], reserveLines(left, options), options)
}

/** With `--leaked` the key that signs, otherwise the one that stopped first. A reserve is removed only by its name. */
function byDefault(keys: SigningKeys, { leaked, nextCommand }: SecretOptions): StoredSigningKey {
  const stoppedAt = (key: StoredSigningKey): number => Date.parse(key.stopped_at ?? "")
  const stopped = keys.filter((key) => key.stopped_at !== undefined)
  const [key] = leaked ? keys : stopped.toSorted((a, b) => stoppedAt(a) - stoppedAt(b))
  if (key) return key
  throw new CommandFailure(
    `No signing key has stopped signing, so none can be retired. Before: ${nextCommand("use-signing-key")}`,
  )
}

/** Throws `CommandFailure` for the key that signs, and for one whose tokens may not have expired. */
function checkRetirable(key: StoredSigningKey, keys: SigningKeys, options: SecretOptions): void {
  const { now, nextCommand } = options
  const kid = plain(key.kid)
  if (key === keys[0]) {
    throw new CommandFailure(
      `${kid} is the key that signs, so it cannot be retired. Before: ${nextCommand("use-signing-key")}. ` +
        `If it leaked: ${nextCommand("retire-signing-key", "--leaked")}`,
    )
  }
  if (now || isUnused(key, options)) return
  const [stopped, from] = [new Date(key.stopped_at ?? ""), unusedFrom(key, tokenSecondsOf(options))]
  throw new CommandFailure(
    `${kid} stopped signing at ${formatTime(stopped)}, so tokens that it signed may still be in use: it can be retired ` +
      `from ${formatTime(from)} on, ${unusedAfter(options)} later. ` +
      `Not to wait: ${nextCommand("retire-signing-key", `--kid ${shellWord(key.kid)}`, "--now")}`,
  )
}

/** True for a key that has never signed, too. */
function isUnused(key: StoredSigningKey, options: SecretOptions): boolean {
  const from = unusedFrom(key, tokenSecondsOf(options))
  return from === undefined || from <= new Date()
}

function effectLines(key: StoredSigningKey, options: SecretOptions): string[] {
  if (options.leaked) {
    return [
      "Verifiers accept tokens of the removed key, a thief's too, until they read the key set again: API Gateway for up to " +
        `${knownAfterHours} hours.`,
      "Restart your own. From then on they refuse tokens that pages still have of it. The next refresh brings new ones.",
    ]
  }
  if (!isUnused(key, options)) {
    return ["Verifiers that read the key set again refuse tokens of the removed key that have not expired."]
  }
  const why = key.stopped_at === undefined ? "it has never signed" : "every token that it signed has expired"
  return [`Nobody notices, because ${why}.`]
}

import type { SecretOptions } from "./read-options.ts"
import { examineSigningKeys, reserveLines, tokenSecondsOf } from "./signing-key-change.ts"
import {
  isInReserve,
  knownFrom,
  unusedFrom,
  type SigningKeys,
  type StoredSigningKey,
} from "./signing-key-list.ts"
import { whatIsMissing, type SecretStore } from "./store.ts"
import { formatTime } from "./time.ts"

/** Whether the functions can use the signing keys, and which signs, which wait, and until when. Contains no key. */
export async function describeSigningKeys(
  store: SecretStore,
  options: SecretOptions,
): Promise<{ readonly isGood: boolean; readonly lines: readonly string[] }> {
  const state = await store.state()
  if (state !== "written") {
    return { isGood: false, lines: [whatIsMissing(store, state), `Next: ${store.createdBy}`] }
  }
  const held = examineSigningKeys(store, await store.read(), options)
  if ("finding" in held)
    return { isGood: false, lines: [held.finding, `To correct that: ${held.correctedBy}`] }
  const { keys } = held
  const list = keys.map((key) => `${key.kid} (${stateOf(key, keys, options)})`).join(", ")
  const count = `${keys.length} signing ${keys.length === 1 ? "key" : "keys"}`
  return { isGood: true, lines: [`${count}: ${list}`, ...reserveLines(keys, options)] }
}

function stateOf(key: StoredSigningKey, keys: SigningKeys, options: SecretOptions): string {
  if (key === keys[0]) return "signs"
  const [state, can, from] = isInReserve(key, keys)
    ? ["in reserve", "sign", knownFrom(key)]
    : ["stopped", "be retired", unusedFrom(key, tokenSecondsOf(options))]
  return from === undefined || from <= new Date() ? state : `${state}, can ${can} from ${formatTime(from)} on`
}

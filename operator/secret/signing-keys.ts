import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import { shellWord } from "../shell.ts"
import { deployIt, keyLines, makeChanges } from "./change.ts"
import type { SecretOptions } from "./read-options.ts"
import {
  findKey,
  keyLine,
  readHeld,
  readHeldOrNone,
  reserveLines,
  signingKeyChange,
  unusedAfter,
} from "./signing-key-change.ts"
import {
  isInReserve,
  knownAfterHours,
  knownFrom,
  makeSigningKey,
  withSigner,
  type SigningKeys,
  type StoredSigningKey,
} from "./signing-key-list.ts"
import { checkCreatable, type CurrentValue, type SecretStore } from "./store.ts"
import { formatTime } from "./time.ts"

/** Publishes a key, which does not sign yet. Where there is none, makes two: one signs, and one is in reserve. */
export async function addSigningKey(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const current = await store.current()
  checkCreatable(store, current)
  const held = readHeldOrNone(store, current, options)
  const isFirst = held.keys.length === 0
  const made = [await makeSigningKey(held.keys)]
  if (isFirst) made.push(await makeSigningKey(made))
  const keys = [...held.keys, ...made]
  const change = signingKeyChange(store, current, held, options, {
    lines: [
      ...keys.map((key) => `${keyLine(key, keys)}${made.includes(key) ? ", made now" : ""}`),
      ...keyLines(current, options.kmsKeyArn),
      ...(isFirst ? [] : ["The key that signs stays the same."]),
    ],
    keysAt: (now) => [...held.keys, ...made.map((key) => ({ ...key, published_at: now.toISOString() }))],
  })
  const afterwards = isFirst ? afterFirst(store, current, options) : afterReserve(options)
  return await makeChanges([change], afterwards, options)
}

function afterFirst(store: SecretStore, current: CurrentValue, { stage }: SecretOptions): string[] {
  if (current === "absent") return [deployIt([`apiTokenKeysSecretId: ${store.secretId}`], stage)]
  return [
    signsWhenRead,
    `Verifiers that know other keys of this deployment may refuse its tokens for up to ${knownAfterHours} hours.`,
  ]
}

function afterReserve({ nextCommand }: SecretOptions): string[] {
  return [
    `It can sign in ${knownAfterHours} hours, because API Gateway keeps a key set for two hours, and the one that it gets may be an hour old.`,
    `To rotate then: ${nextCommand("use-signing-key")}`,
  ]
}

const signsWhenRead =
  "The functions sign with it when they have read the secret: after SECRET_MAX_AGE_SECONDS (default 300)."

/** Signs with the key in reserve, or with the one named. The key before stays published. */
export async function useSigningKey(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const { nextCommand } = options
  const current = await store.currentVersion()
  const held = readHeld(store, current, options)
  const { keys } = held
  const next = chooseNext(keys, options)
  const [signing] = keys
  const left = (now: Date): SigningKeys =>
    withSigner(
      keys.map((key) => (key === signing ? { ...key, stopped_at: now.toISOString() } : key)),
      next,
    )
  const change = signingKeyChange(store, current, held, options, {
    lines: [
      ...left(new Date()).map((key, index, all) =>
        index === 0 ? `signing key: ${key.kid} signs from now on` : keyLine(key, all),
      ),
      isKnown(next)
        ? "Nobody notices, because verifiers know every key."
        : `Verifiers that do not know ${next.kid} yet refuse its tokens: API Gateway for up to ${knownAfterHours} hours.`,
    ],
    keysAt: left,
  })
  const afterwards = [
    signsWhenRead,
    ...reserveLines(left(new Date()), options),
    `Retire ${plain(signing?.kid ?? "")} when the last token that it signed has expired: after ${unusedAfter(options)}. ` +
      `Then: ${nextCommand("retire-signing-key")}`,
  ]
  return await makeChanges([change], afterwards, options)
}

function chooseNext(keys: SigningKeys, options: SecretOptions): StoredSigningKey {
  const { kid, now, nextCommand } = options
  const next = kid === undefined ? keys.find((key) => isInReserve(key, keys)) : findKey(kid, keys, options)
  if (next === undefined) {
    throw new CommandFailure(`There is no signing key in reserve. Before: ${nextCommand("add-signing-key")}`)
  }
  if (next === keys[0]) throw new CommandFailure(`${plain(next.kid)} signs already: nothing was changed.`)
  if (now || isKnown(next)) return next
  const named = kid === undefined ? [] : [`--kid ${shellWord(kid)}`]
  throw new CommandFailure(
    `${plain(next.kid)} was published at ${formatTime(new Date(next.published_at))}, so not every verifier knows it yet: API ` +
      `Gateway keeps a key set for two hours. It can sign from ${formatTime(knownFrom(next))} on. ` +
      `Not to wait: ${nextCommand("use-signing-key", ...named, "--now")}`,
  )
}

function isKnown(key: StoredSigningKey): boolean {
  return knownFrom(key) <= new Date()
}

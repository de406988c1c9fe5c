import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import { makeChanges, type Change } from "./change.ts"
import { makeSealingKey, readDocument, sealingKeyIds, withoutSealingKey, withSealingKey } from "./document.ts"
import { checkDocument } from "./problem.ts"
import type { SecretOptions } from "./read-options.ts"
import type { SecretStore } from "./store.ts"

/** Adds a key that seals from now on. With `--end-sessions` it is the only one. */
export async function rotate(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const { endSessions } = options
  const { current, document, kids: old } = await readKeys(store)
  if (old === undefined && !endSessions) throw unreadableKeys(options)
  const key = makeSealingKey()
  // In one version: if both keys were in one, a refresh could seal an old session with the new key.
  const next = withSealingKey(endSessions ? { ...document, sealing_keys: [] } : document, key)
  checkDocument(next, options)
  const change: Change = {
    store,
    current,
    value: "sealing key",
    lines: [
      `sealing key: ${key.kid}, made now, seals from now on`,
      ...(old ?? []).map((kid) => `sealing key: ${kid} ${endSessions ? "is removed" : "still opens"}`),
      endSessions
        ? "Everybody who is signed in at a page has to sign in again (session_expired)."
        : "Nobody is signed out.",
    ],
    next: () => JSON.stringify(next),
    write: (text) => store.replace(current, text),
  }
  const read = "when the functions have read the new version: after SECRET_MAX_AGE_SECONDS (default 300)."
  const thenRetire =
    "Retire the old key when every session that it sealed has ended: after SESSION_MAX_AGE_SECONDS (default 28800) plus " +
    `SECRET_MAX_AGE_SECONDS (default 300). Then: ${options.nextCommand("retire-sealing-key")}`
  const afterwards = endSessions
    ? `The last session ends ${read}`
    : old?.length === 0
      ? `Pages can sign in ${read}`
      : thenRetire
  return await makeChanges([change], [afterwards], options)
}

/** Removes the oldest key, or the one named, but never the one that seals. */
export async function retire(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const { nextCommand } = options
  const { current, document, kids } = await readKeys(store)
  if (kids === undefined) throw unreadableKeys(options)
  const [sealing, ...others] = kids
  const kid = options.kid ?? others.at(-1)
  if (sealing === undefined) {
    throw new CommandFailure(
      `There is no sealing key in the secret. To make one: ${nextCommand("rotate-sealing-key")}`,
    )
  }
  if (kid === undefined || kid === sealing) {
    throw new CommandFailure(
      `${plain(sealing)} is the key that seals, so it cannot be removed. Before: ${nextCommand("rotate-sealing-key")}`,
    )
  }
  if (!others.includes(kid)) {
    throw new CommandFailure(
      `There is no sealing key with that id. To list the ids: ${nextCommand("status")}`,
    )
  }
  const newer = kids[kids.indexOf(kid) - 1] ?? sealing
  const next = withoutSealingKey(document, kid)
  checkDocument(next, options)
  const change: Change = {
    store,
    current,
    value: "sealing key",
    lines: [
      `sealing key: ${kid} is removed`,
      ...kids
        .filter((other) => other !== kid)
        .map((other) => `sealing key: ${other} ${opens(other, sealing)}`),
      `Signed out (session_expired): pages that have not refreshed since ${newer} began to seal, because every refresh`,
      "seals the session again. After the maximum age of a session, no page is signed out.",
    ],
    next: () => JSON.stringify(next),
    write: (text) => store.replace(current, text),
  }
  const afterwards =
    "Running functions still use the removed key for up to SECRET_MAX_AGE_SECONDS (default 300)."
  return await makeChanges([change], [afterwards], options)
}

async function readKeys(store: SecretStore) {
  const current = await store.currentVersion()
  const document = readDocument(current.text)
  return { current, document, kids: sealingKeyIds(document) }
}

function unreadableKeys({ nextCommand }: SecretOptions): CommandFailure {
  return new CommandFailure(
    '"sealing_keys" in the secret is not a list of keys with an id each, so no key can be added or removed. ' +
      `To replace all of it: ${nextCommand("rotate-sealing-key", "--end-sessions")}`,
  )
}

function opens(kid: string, sealing: string): string {
  return kid === sealing ? "seals" : "still opens"
}

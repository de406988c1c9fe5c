import { CommandFailure } from "../failure.ts"
import { askHidden, readStdin } from "../terminal.ts"
import { appTokenChange } from "./app-token.ts"
import { deployIt, keyLines, makeChanges, write, type Change } from "./change.ts"
import { checkCredential, isCredential } from "./credential.ts"
import { makeSealingKey, readDocument, type SecretDocument } from "./document.ts"
import { plannedExpiry, withExpiry } from "./expiry.ts"
import { checkDocument, findProblem, unusable } from "./problem.ts"
import type { SecretOptions, StageFacts } from "./read-options.ts"
import { checkCreatable, type SecretStore } from "./store.ts"

/**
 * Creates the secret, or writes the first value of one that a stack has created. With an app token secret, keeps a secret
 * that exists and copies its client secret: so a command whose second write failed can be run again.
 */
export async function create(
  store: SecretStore,
  appTokenStore: SecretStore | undefined,
  options: SecretOptions,
): Promise<boolean> {
  const { clientId, expires, kmsKeyArn, stage } = options
  if (clientId !== undefined) checkCredential("client id", clientId)
  const current = await store.current()
  if (typeof current === "object") {
    if (appTokenStore) return await copyAppToken(store, appTokenStore, options)
    throw alreadyExists(store, options)
  }
  if (clientId === undefined) {
    throw new CommandFailure("create needs the application's client id: pass --client-id.")
  }
  checkCreatable(store, current)
  const key = makeSealingKey()
  const ask = once(() => askForSecret(options))
  const change: Change = {
    store,
    current,
    value: "client secret",
    lines: [
      "client id and client secret: as given",
      `sealing keys: ${key.kid}, made now`,
      plannedExpiry({}, expires, false),
      ...keyLines(current, kmsKeyArn),
      current === "empty"
        ? "The deployment that created it works from now on."
        : stage
          ? "The deployment of this stage uses it."
          : "No deployment uses it until one names it (clientSecretId).",
    ],
    next: async () => {
      const document = { client_id: clientId, client_secret: await ask(), sealing_keys: [key] }
      return JSON.stringify(withExpiry(document, expires))
    },
    write: (text) => write(store, current, text, kmsKeyArn),
  }
  const changes = await withAppToken(change, appTokenStore, ask, kmsKeyArn)
  const names = [
    `clientSecretId: ${store.secretId}`,
    ...(appTokenStore ? [`appTokenSecretId: ${appTokenStore.secretId}`] : []),
  ]
  if (current === "empty") return await makeChanges(changes, [checkIt(stage)], options)
  return await makeChanges(changes, [deployIt(names, stage)], options)
}

/** Writes the client secret of a secret that exists into the app token secret. */
async function copyAppToken(
  store: SecretStore,
  appTokenStore: SecretStore,
  options: SecretOptions,
): Promise<boolean> {
  const document = readDocument((await store.read()).text)
  checkDocument(document, options)
  const { client_id: clientId, client_secret: secret, client_secret_expires: expires } = document
  if (options.clientId !== undefined && options.clientId !== clientId) throw alreadyExists(store, options)
  if (options.expires !== undefined && options.expires !== expires) throw alreadyExists(store, options)
  if (options.stdin && !options.dryRun && (await askForSecret(options)) !== secret) {
    throw alreadyExists(store, options)
  }
  const change = await appTokenChange(
    store,
    appTokenStore,
    () => Promise.resolve(String(secret)),
    options.kmsKeyArn,
  )
  const { current } = change
  if (typeof current === "object" && current.text === secret) throw alreadyExists(store, options)
  const lines = [`"${store.secretId}" exists and is kept; its client secret is copied.`, ...change.lines]
  const names = [`appTokenSecretId: ${appTokenStore.secretId}`]
  return await makeChanges([{ ...change, lines }], [deployIt(names, options.stage)], options)
}

/** Stores the client secret that SuperOffice's portal shows after the old one was deleted there. */
export async function replace(
  store: SecretStore,
  appTokenStore: SecretStore | undefined,
  options: SecretOptions,
): Promise<boolean> {
  const { clientId, expires, stage } = options
  if (clientId !== undefined) checkCredential("client id", clientId)
  const current = await store.currentVersion()
  const old = readDocument(current.text)
  const document: SecretDocument = { ...old, ...(clientId !== undefined && { client_id: clientId }) }
  // Before anything is asked: nothing but the sealing keys may still be wrong afterwards.
  const problem = findProblem({ ...document, client_secret: standIn }, options)
  if (problem?.member === "client_id") throw unusable(problem)
  const mayBeKept = (clientId !== undefined || expires !== undefined) && isCredential(document.client_secret)
  const ask = once(() => askForSecret(options, mayBeKept ? String(document.client_secret) : undefined))
  const change: Change = {
    store,
    current,
    value: "client secret",
    lines: [
      ...(clientId === undefined ? [] : ["client id: as given"]),
      mayBeKept ? "client secret: replaced, or kept if none is given" : "client secret: replaced",
      plannedExpiry(old, expires, mayBeKept),
      "everything else: kept",
      "The functions read it when SuperOffice next rejects a request; they need no restart. Until it is stored, SuperOffice",
      "rejects sign-ins and refreshes (grant_rejected), because it accepts only the new one.",
      ...(document.client_id !== old.client_id && isCredential(old.client_id)
        ? otherClientId
        : ["Nobody is signed out by that."]),
    ],
    next: async () => {
      const secret = await ask()
      const isKept = secret === old.client_secret
      const date = expires ?? (isKept ? old.client_secret_expires : undefined)
      const next = JSON.stringify(withExpiry({ ...document, client_secret: secret }, date))
      return next === JSON.stringify(withExpiry(old, old.client_secret_expires)) ? undefined : next
    },
    write: (text) => store.replace(current, text),
  }
  const changes = await withAppToken(change, appTokenStore, ask, options.kmsKeyArn)
  const afterwards = problem
    ? [`The functions still cannot use the secret: ${problem.finding}.`, `Next: ${problem.correctedBy}`]
    : [checkIt(stage)]
  return await makeChanges(changes, afterwards, options)
}

const otherClientId = [
  "Another client id ends what SuperOffice issued to the one before: everybody who is signed in at a page has to sign in again",
  "(session_expired), and refresh tokens of cloud functions are rejected (grant_rejected).",
]

/** A client secret that is not wrong, to find out what else is. */
const standIn = "f4c1e0"

/** Adds the change of the app token secret, if there is one. Reads it first, so that what is wrong with it changes nothing. */
async function withAppToken(
  change: Change,
  appTokenStore: SecretStore | undefined,
  ask: () => Promise<string>,
  kmsKeyArn: string | undefined,
): Promise<Change[]> {
  if (!appTokenStore) return [change]
  return [change, await appTokenChange(change.store, appTokenStore, ask, kmsKeyArn)]
}

function alreadyExists({ secretId, region }: SecretStore, { nextCommand }: SecretOptions): CommandFailure {
  return new CommandFailure(
    `The secret "${secretId}" already exists in ${region}. To replace its client secret: ${nextCommand("replace")}`,
  )
}

function checkIt(stage: StageFacts | undefined): string {
  const doctor = stage === undefined ? "npm run doctor" : `npm run doctor -- ${stage.words}`
  return `Check that it works: ${doctor}, and a sign-in.`
}

/** Both secrets get the value that the operator gave once. */
function once(ask: () => Promise<string>): () => Promise<string> {
  let asked: Promise<string> | undefined
  return () => (asked ??= ask())
}

/** `kept` is used when no value is given. */
async function askForSecret({ stdin }: SecretOptions, kept?: string): Promise<string> {
  const question =
    kept === undefined ? "Client secret (hidden): " : "Client secret (hidden; return keeps the present one): "
  const secret = (stdin ? await readStdin() : await askHidden(question)).trim()
  if (secret === "" && kept !== undefined) return kept
  if (secret === "") throw new CommandFailure("No client secret was given: nothing was changed.")
  checkCredential("client secret", secret)
  return secret
}

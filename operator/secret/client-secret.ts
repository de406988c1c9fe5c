import { CommandFailure } from "../failure.ts"
import { askHidden, readStdin } from "../terminal.ts"
import { appTokenChange, isClientSecret, readAppToken } from "./app-token.ts"
import { makeChanges, type Change } from "./change.ts"
import { makeSealingKey, readDocument, writeDocument } from "./document.ts"
import type { SecretOptions } from "./options.ts"
import type { SecretStore } from "./store.ts"

/**
 * Creates the secret, or writes the first value of one that a stack has created. With an app token secret, keeps a secret
 * that exists and copies its client secret: so a command whose second write failed can be run again.
 */
export async function create(
  store: SecretStore,
  appTokenStore: SecretStore | undefined,
  options: SecretOptions,
): Promise<boolean> {
  const state = await store.state()
  if (state === "written" && appTokenStore) return await copyAppToken(store, appTokenStore, options)
  if (state === "written") throw alreadyExists(store)
  const { clientId } = options
  if (!clientId) throw new CommandFailure("create needs the application's client id: pass --client-id.")
  const key = makeSealingKey()
  const ask = once(() => askForSecret(options))
  const change: Change = {
    store,
    current: state,
    lines: [
      "client id and client secret: as given",
      `sealing keys: ${key.kid}, made now`,
      state === "empty"
        ? "The deployment that created it works from now on."
        : "No deployment uses it until one names it (clientSecretId).",
    ],
    next: async () => writeDocument({ client_id: clientId, client_secret: await ask(), sealing_keys: [key] }),
    write: (text) => (state === "empty" ? store.fill(text) : store.create(text)),
  }
  const names = [
    `clientSecretId: ${store.secretId}`,
    ...(appTokenStore ? [`appTokenSecretId: ${appTokenStore.secretId}`] : []),
  ]
  const afterwards =
    state === "empty"
      ? "Check that it works: npm run doctor, and a sign-in."
      : `Name it in deployment.yml (${names.join(", ")}), and deploy.`
  return await makeChanges(await withAppToken(change, appTokenStore, ask), afterwards, options)
}

/** Writes the client secret of a secret that exists into the app token secret. */
async function copyAppToken(
  store: SecretStore,
  appTokenStore: SecretStore,
  options: SecretOptions,
): Promise<boolean> {
  const document = readDocument((await store.read()).text)
  writeDocument(document)
  const { client_id: clientId, client_secret: secret } = document
  if (options.clientId !== undefined && options.clientId !== clientId) throw alreadyExists(store)
  if (options.stdin && !options.dryRun && (await askForSecret(options)) !== secret) throw alreadyExists(store)
  if (!isClientSecret(secret)) {
    throw new CommandFailure(
      "The client secret in the secret is not one word of printable ASCII characters: nothing was changed.",
    )
  }
  const current = await readAppToken(appTokenStore)
  if (typeof current === "object" && current.text === secret) throw alreadyExists(store)
  const change = appTokenChange(store, appTokenStore, current, () => Promise.resolve(secret))
  const lines = [`"${store.secretId}" exists and is kept; its client secret is copied.`, ...change.lines]
  const afterwards = `Name it in deployment.yml (appTokenSecretId: ${appTokenStore.secretId}), and deploy.`
  return await makeChanges([{ ...change, lines }], afterwards, options)
}

/** Stores the client secret that SuperOffice's portal shows after the old one was deleted there. */
export async function replace(
  store: SecretStore,
  appTokenStore: SecretStore | undefined,
  options: SecretOptions,
): Promise<boolean> {
  const current = await store.read()
  const document = readDocument(current.text)
  const ask = once(() => askForSecret(options))
  const change: Change = {
    store,
    current,
    lines: [
      "client secret: replaced",
      "everything else: kept",
      "The functions read it when SuperOffice next rejects a request; they need no restart. Until it is stored, SuperOffice",
      "rejects sign-ins and refreshes (grant_rejected), because it accepts only the new one. Nobody is signed out by that.",
    ],
    next: async () => {
      const secret = await ask()
      return secret === document.client_secret
        ? undefined
        : writeDocument({ ...document, client_secret: secret })
    },
    write: (text) => store.replace(current, text),
  }
  const changes = await withAppToken(change, appTokenStore, ask)
  return await makeChanges(changes, "Check that it works: npm run doctor, and a sign-in.", options)
}

/** Adds the change of the app token secret, if there is one. Reads it first, so that what is wrong with it changes nothing. */
async function withAppToken(
  change: Change,
  appTokenStore: SecretStore | undefined,
  ask: () => Promise<string>,
): Promise<Change[]> {
  if (!appTokenStore) return [change]
  const current = await readAppToken(appTokenStore)
  return [change, appTokenChange(change.store, appTokenStore, current, ask)]
}

function alreadyExists({ secretId, region }: SecretStore): CommandFailure {
  return new CommandFailure(`The secret "${secretId}" already exists in ${region}: use replace.`)
}

/** Both secrets get the value that the operator gave once. */
function once(ask: () => Promise<string>): () => Promise<string> {
  let asked: Promise<string> | undefined
  return () => (asked ??= ask())
}

async function askForSecret({ stdin }: SecretOptions): Promise<string> {
  const secret = (stdin ? await readStdin() : await askHidden("Client secret (hidden): ")).trim()
  if (secret === "") throw new CommandFailure("No client secret was given: nothing was changed.")
  // Line breaks and spaces show that something else was pasted.
  if (isClientSecret(secret)) return secret
  throw new CommandFailure("A client secret is one word of printable ASCII characters: nothing was changed.")
}

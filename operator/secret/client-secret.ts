import { CommandFailure } from "../failure.ts"
import { askHidden, readStdin } from "../terminal.ts"
import { makeChange } from "./change.ts"
import { makeSealingKey, readDocument } from "./document.ts"
import type { SecretOptions } from "./options.ts"
import type { SecretStore } from "./store.ts"

/** Creates the secret, or writes the first value of one that a stack has created. */
export async function create(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const { clientId } = options
  if (!clientId) throw new CommandFailure("create needs the application's client id: pass --client-id.")
  const state = await store.state()
  if (state === "written") {
    throw new CommandFailure(`The secret "${store.secretId}" already exists in ${store.region}: use replace.`)
  }
  const key = makeSealingKey()
  const change = {
    lines: [
      "client id and client secret: as given",
      `sealing keys: ${key.kid}, made now`,
      state === "empty"
        ? "The deployment that created it works from now on."
        : "No deployment uses it until one names it (clientSecretId).",
    ],
    next: async () => ({
      client_id: clientId,
      client_secret: await askForSecret(options),
      sealing_keys: [key],
    }),
    write: (text: string) => (state === "empty" ? store.fill(text) : store.create(text)),
    afterwards:
      state === "empty"
        ? "Check that it works: npm run doctor, and a sign-in."
        : `Name it in deployment.yml (clientSecretId: ${store.secretId}), and deploy.`,
  }
  return await makeChange(change, state, store, options)
}

/** Stores the client secret that SuperOffice's portal shows after the old one was deleted there. */
export async function replace(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const current = await store.read()
  const document = readDocument(current.text)
  const change = {
    lines: [
      "client secret: replaced",
      "everything else: kept",
      "The functions read it when SuperOffice next rejects a request; they need no restart. Until it is stored, SuperOffice",
      "rejects sign-ins and refreshes (grant_rejected), because it accepts only the new one. Nobody is signed out by that.",
    ],
    next: async () => {
      const secret = await askForSecret(options)
      if (secret === document.client_secret) {
        throw new CommandFailure("The secret already contains this client secret: nothing was changed.")
      }
      return { ...document, client_secret: secret }
    },
    write: (text: string) => store.replace(current, text),
    afterwards: "Check that it works: npm run doctor, and a sign-in.",
  }
  return await makeChange(change, current, store, options)
}

async function askForSecret({ stdin }: SecretOptions): Promise<string> {
  const secret = (stdin ? await readStdin() : await askHidden("Client secret (hidden): ")).trim()
  if (secret === "") throw new CommandFailure("No client secret was given: nothing was changed.")
  // Rejects line breaks and spaces, which show that something else was pasted.
  if (!/^[!-~]{1,1024}$/.test(secret)) {
    throw new CommandFailure(
      "A client secret is one word of printable ASCII characters: nothing was changed.",
    )
  }
  return secret
}

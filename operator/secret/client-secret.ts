import { CommandFailure } from "../failure.ts"
import { askHidden, readStdin } from "../terminal.ts"
import { makeChange } from "./change.ts"
import { makeSealingKey, readDocument } from "./document.ts"
import type { SecretOptions } from "./options.ts"
import type { SecretStore } from "./store.ts"

/** Makes a secret that is not there yet, or writes the first value of one that a stack has made. */
export async function create(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const { clientId } = options
  if (!clientId) throw new CommandFailure("create needs the application's client id: pass --client-id.")
  const state = await store.state()
  if (state === "written") {
    throw new CommandFailure(`There is a secret "${store.secretId}" in ${store.region} already: use replace.`)
  }
  const key = makeSealingKey()
  const change = {
    lines: [
      "client id and client secret: as given",
      `sealing keys: ${key.kid}, made now`,
      state === "empty"
        ? "The deployment that made it can serve from now on."
        : "Nobody notices until a deployment names it (clientSecretId).",
    ],
    next: async () => ({
      client_id: clientId,
      client_secret: await askForSecret(options),
      sealing_keys: [key],
    }),
    write: (text: string) => (state === "empty" ? store.fill(text) : store.create(text)),
    afterwards:
      state === "empty"
        ? "See that it works: npm run doctor, and a sign-in."
        : `Name it in deployment.yml (clientSecretId: ${store.secretId}), and deploy.`,
  }
  return await makeChange(change, state, store, options)
}

/** Puts in the client secret that SuperOffice's portal shows after the old one was deleted there. */
export async function replace(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const current = await store.read()
  const document = readDocument(current.text)
  const change = {
    lines: [
      "client secret: replaced",
      "everything else: kept",
      "The functions use it from the first refusal by SuperOffice on, with no restart. Until then, since SuperOffice",
      "knows only the new one, sign-ins and refreshes are refused (grant_rejected); nobody is signed out by that.",
    ],
    next: async () => {
      const secret = await askForSecret(options)
      if (secret === document.client_secret) {
        throw new CommandFailure("That client secret is in there already: nothing was changed.")
      }
      return { ...document, client_secret: secret }
    },
    write: (text: string) => store.replace(current, text),
    afterwards: "See that it works: npm run doctor, and a sign-in.",
  }
  return await makeChange(change, current, store, options)
}

async function askForSecret({ stdin }: SecretOptions): Promise<string> {
  const secret = (stdin ? await readStdin() : await askHidden("Client secret (hidden): ")).trim()
  if (secret === "") throw new CommandFailure("No client secret was given: nothing was changed.")
  // More than one line, or a piece of something else that was in the clipboard.
  if (!/^[!-~]{1,1024}$/.test(secret)) {
    throw new CommandFailure("A client secret is one word of plain characters: nothing was changed.")
  }
  return secret
}

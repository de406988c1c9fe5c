import type { Program } from "../run.ts"
import { create, replace } from "./client-secret.ts"
import { usage } from "./options.ts"
import { storePrivateKey } from "./private-key.ts"
import { readSecretOptions, type SecretOptions } from "./read-options.ts"
import { retireSigningKey } from "./retire-signing-key.ts"
import { retire, rotate } from "./sealing-keys.ts"
import { addSigningKey, useSigningKey } from "./signing-keys.ts"
import { status } from "./status.ts"
import { openStore } from "./store.ts"

/** `npm run secret`. */
export const secret: Program<SecretOptions> = { usage, readOptions: readSecretOptions, execute }

async function execute(options: SecretOptions): Promise<boolean> {
  const store = await openStore(options.target)
  const appToken = options.appToken && (await openStore(options.appToken))
  switch (options.command) {
    case "create":
      return await create(store, appToken, options)
    case "replace":
      return await replace(store, appToken, options)
    case "private-key":
      return await storePrivateKey(store, options)
    case "status": {
      const privateKey = options.privateKey && (await openStore(options.privateKey))
      const signingKeys = options.signingKeys && (await openStore(options.signingKeys))
      return await status({ main: store, appToken, privateKey, signingKeys }, options)
    }
    case "rotate-sealing-key":
      return await rotate(store, options)
    case "retire-sealing-key":
      return await retire(store, options)
    case "add-signing-key":
      return await addSigningKey(store, options)
    case "use-signing-key":
      return await useSigningKey(store, options)
    case "retire-signing-key":
      return await retireSigningKey(store, options)
  }
}

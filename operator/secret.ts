import { create, replace } from "./secret/client-secret.ts"
import { usage } from "./secret/options.ts"
import { storePrivateKey } from "./secret/private-key.ts"
import { readSecretOptions, type SecretOptions } from "./secret/read-options.ts"
import { retire, rotate } from "./secret/sealing-keys.ts"
import { status } from "./secret/status.ts"
import { openStore } from "./secret/store.ts"
import { run } from "./run.ts"
import { print } from "./terminal.ts"

await run(async () => {
  const options = readSecretOptions()
  if (options) return await execute(options)
  print(usage)
  return true
})

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
      return await status({ main: store, appToken, privateKey }, options)
    }
    case "rotate-sealing-key":
      return await rotate(store, options)
    case "retire-sealing-key":
      return await retire(store, options)
  }
}

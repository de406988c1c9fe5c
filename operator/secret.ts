import { create, replace } from "./secret/client-secret.ts"
import { readSecretOptions, usage, type SecretOptions } from "./secret/options.ts"
import { retire, rotate } from "./secret/sealing-keys.ts"
import { status } from "./secret/status.ts"
import { openStore, type SecretStore } from "./secret/store.ts"
import { run } from "./run.ts"
import { print } from "./terminal.ts"

await run(async () => {
  const options = readSecretOptions()
  if (options) return await execute(await openStore(options), options)
  print(usage)
  return true
})

async function execute(store: SecretStore, options: SecretOptions): Promise<boolean> {
  switch (options.command) {
    case "create":
      return await create(store, options)
    case "replace":
      return await replace(store, options)
    case "status":
      return await status(store)
    case "rotate-sealing-key":
      return await rotate(store, options)
    case "retire-sealing-key":
      return await retire(store, options)
  }
}

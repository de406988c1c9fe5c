import { create, replace } from "./secret/client-secret.ts"
import { readSecretOptions, usage, type SecretOptions } from "./secret/options.ts"
import { retire, rotate } from "./secret/sealing-keys.ts"
import { status } from "./secret/status.ts"
import { openStore, type SecretStore } from "./secret/store.ts"
import { run } from "./run.ts"
import { print } from "./terminal.ts"

await run(async () => {
  const options = readSecretOptions()
  if (options) return await execute(await openStore(options), await openAppTokenStore(options), options)
  print(usage)
  return true
})

async function openAppTokenStore(options: SecretOptions): Promise<SecretStore | undefined> {
  const { appTokenSecretId: secretId } = options
  return secretId === undefined
    ? undefined
    : await openStore({ ...options, secretId }, "--app-token-secret-id")
}

async function execute(
  store: SecretStore,
  appTokenStore: SecretStore | undefined,
  options: SecretOptions,
): Promise<boolean> {
  switch (options.command) {
    case "create":
      return await create(store, appTokenStore, options)
    case "replace":
      return await replace(store, appTokenStore, options)
    case "status":
      return await status(store, appTokenStore)
    case "rotate-sealing-key":
      return await rotate(store, options)
    case "retire-sealing-key":
      return await retire(store, options)
  }
}

import type { TenantSecret } from "../../client/cloud.ts"
import { parseSecretJson } from "../../lib/credentials/client-secret.ts"
import { isPlainObject } from "../../lib/json.ts"
import { isSameTenant } from "../../lib/tenant.ts"
import { CommandFailure } from "../failure.ts"
import { keyLines, write } from "../secret/change.ts"
import { checkCreatable, type CurrentValue, type SecretStore } from "../secret/store.ts"
import { askHidden, print } from "../terminal.ts"
import type { ConsentOptions } from "./options.ts"

type Members = Readonly<Record<string, unknown>>

/** Refuses a secret that cannot be written, before anybody signs in. Prints what will become of it. */
export async function prepareSecret(
  store: SecretStore,
  { tenant, deployment }: ConsentOptions,
): Promise<void> {
  const current = await store.current()
  checkCreatable(store, current)
  readMembers(current, tenant, store)
  const state =
    typeof current === "object"
      ? "gets a new version"
      : current === "empty"
        ? "gets its first value"
        : "is created"
  print(`Secret ${store.secretId} in ${store.region} ${state}.`)
  for (const line of keyLines(current, keyOf(deployment))) print(`  ${line}`)
}

/**
 * Stores what the consent gave. The code is spent, so after a failure the operator is asked at the terminal to try again, as
 * often as it takes. Throws `CommandFailure` when nobody can be asked, or nobody wants to.
 */
export async function storeConsent(
  store: SecretStore,
  content: TenantSecret,
  options: ConsentOptions,
): Promise<void> {
  for (;;) {
    try {
      const id = await storeOnce(store, content, options)
      const members = Object.keys(content).join(", ")
      print(`Stored: version ${id} of ${store.secretId} in ${store.region}, with new ${members}.`)
      return
    } catch (failure) {
      if (!(failure instanceof CommandFailure)) throw failure
      if (!process.stdin.isTTY) throw lost(failure, options)
      process.stderr.write(`${failure.message}\n`)
      const typed = await askHidden(
        "Nothing is lost: the tokens are in the memory of this command. Correct that, and press Enter to try again, or Ctrl-C to give up. ",
      )
      if (!typed.includes("\n")) throw lost(failure, options)
    }
  }
}

/** Reads the secret anew, because it may have changed while somebody signed in. */
async function storeOnce(
  store: SecretStore,
  content: TenantSecret,
  { tenant, deployment }: ConsentOptions,
): Promise<string> {
  const current = await store.current()
  const kept = readMembers(current, tenant, store)
  return await write(store, current, JSON.stringify({ ...kept, ...content }), keyOf(deployment))
}

function lost({ message, cause }: CommandFailure, { command }: ConsentOptions): CommandFailure {
  return new CommandFailure(
    `${message}\nThe tokens of this sign-in were not stored, and this command forgets them. The consent at SuperOffice stays, so ` +
      `it is safe to sign in again: ${command}`,
    { cause },
  )
}

/** The members that stay. Refuses what is not a tenant's secret, so that a mistyped name does not cost another secret. */
function readMembers(current: CurrentValue, tenant: string, { secretId }: SecretStore): Members {
  if (typeof current === "string") return {}
  const value = current.text === undefined ? undefined : parseSecretJson(current.text)
  if (!isPlainObject(value) || !isOfTenant(value)) {
    throw new CommandFailure(
      `"${secretId}" contains something else than the tokens of a tenant, and is not overwritten: pass another --secret-id.`,
    )
  }
  if (typeof value.tenant === "string" && !isSameTenant(value.tenant, tenant)) {
    throw new CommandFailure(
      `"${secretId}" contains the tokens of another tenant, and is not overwritten: pass another --secret-id.`,
    )
  }
  return value
}

/** `system_token` alone, as it may have been stored by hand, is enough. */
function isOfTenant(value: Members): boolean {
  const known = ["tenant", "system_token", "refresh_token"]
  return Object.keys(value).length === 0 || known.some((name) => typeof value[name] === "string")
}

function keyOf({ settings }: ConsentOptions["deployment"]): string | undefined {
  return settings.secretKmsKeyArn === "" ? undefined : settings.secretKmsKeyArn
}

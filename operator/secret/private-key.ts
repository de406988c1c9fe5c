import { readFile } from "node:fs/promises"
import { parsePrivateKey } from "../../lib/credentials/private-key.ts"
import { ExchangeError } from "../../lib/errors.ts"
import { CommandFailure } from "../failure.ts"
import { askHidden, readStdin } from "../terminal.ts"
import { asPem } from "./pem.ts"
import { deployIt, keyLines, makeChanges, write } from "./change.ts"
import type { SecretOptions } from "./read-options.ts"
import { refuseToOverwrite, whatIsMissing, type SecretStore } from "./store.ts"

/** Stores the application's RSA key, which signs for the system user, as PEM. */
export async function storePrivateKey(store: SecretStore, options: SecretOptions): Promise<boolean> {
  const { file, kmsKeyArn, stage } = options
  const given = file === undefined ? undefined : asPem(await readKeyFile(file))
  const current = await store.current()
  if (typeof current === "object" && !mayBeReplaced(current.text)) refuseToOverwrite(store, "a private key")
  const change = {
    store,
    current,
    value: "private key",
    lines: [
      "private key: as given, if it is an RSA key; stored as PEM",
      ...keyLines(current, kmsKeyArn),
      "SuperOffice accepts only the key that is registered for the application. The functions read a new one when SuperOffice",
      "next rejects a signature; they need no restart.",
    ],
    next: async () => {
      const pem = given ?? asPem(await askForKey(options))
      return typeof current === "object" && isSameKey(current.text, pem) ? undefined : pem
    },
    write: (text: string) => write(store, current, text, kmsKeyArn),
  } as const
  const afterwards = [
    ...(file === undefined ? [] : [`Delete ${file} now, because it contains the key in clear.`]),
    current === "absent"
      ? deployIt([`privateKeySecretId: ${store.secretId}`], stage)
      : "Check that it works: sign in as the system user.",
  ]
  return await makeChanges([change], afterwards, options)
}

/** Whether the functions can use the private key secret, in a sentence that contains nothing of it. */
export async function examinePrivateKey(
  store: SecretStore,
): Promise<{ readonly isGood: boolean; readonly finding: string }> {
  const state = await store.state()
  if (state !== "written") return { isGood: false, finding: whatIsMissing(store, state) }
  try {
    const { key } = parsePrivateKey((await store.read()).text, "")
    return {
      isGood: true,
      finding: `It contains an RSA key of ${key.asymmetricKeyDetails?.modulusLength ?? 0} bits.`,
    }
  } catch (error) {
    if (error instanceof ExchangeError) return { isGood: false, finding: error.message }
    throw error
  }
}

/** Protects a secret that was named by mistake. A key that is damaged may be replaced. */
function mayBeReplaced(text: string | undefined): boolean {
  return (
    text !== undefined &&
    (text.trim() === "" || (/PRIVATE KEY|RSAKeyValue/.test(text) && !/^\s*\{/.test(text)))
  )
}

function isSameKey(text: string | undefined, pem: string): boolean {
  try {
    return asPem(text ?? "") === pem
  } catch {
    return false
  }
}

async function askForKey({ stdin }: SecretOptions): Promise<string> {
  if (stdin) return await readStdin()
  return await askHidden(
    "Private key, PEM or XML (hidden; ends with the key's last line, or with an empty line): ",
    isWholeKey,
  )
}

function isWholeKey(text: string): boolean {
  return /-----END [A-Z ]*PRIVATE KEY-----|<\/RSAKeyValue\s*>/.test(text) || /\S[^\n]*\n\s*\n$/.test(text)
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException
    throw new CommandFailure(`The file of --file cannot be read (${code}).`, { cause: error })
  }
}

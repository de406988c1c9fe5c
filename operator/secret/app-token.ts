import { CommandFailure } from "../failure.ts"
import { keyLines, write, type Change } from "./change.ts"
import { isCredential } from "./credential.ts"
import { readDocument } from "./document.ts"
import { refuseToOverwrite, whatIsMissing, type CurrentValue, type SecretStore } from "./store.ts"

/*
 * The app token secret holds the client secret a second time, alone, as plain text: SuperOffice calls it the application
 * token when it comes beside a ticket (`SO-AppToken`). A job that calls SuperOffice as the system user reads it, and cannot
 * read the sealing keys.
 */

/** Reads what the app token secret has. Throws `CommandFailure` if it must not be overwritten. */
export async function readAppToken(store: SecretStore): Promise<CurrentValue> {
  const current = await store.current()
  if (typeof current === "string") return current
  // Protects a secret that was named by mistake, for example the private key: JSON, XML and PEM are no client secrets.
  const text = current.text?.trim()
  if (isCredential(text) && !/^[{<]/.test(text)) return current
  return refuseToOverwrite(store, "a client secret")
}

/** The change that writes the client secret, which `next` returns, into the app token secret. `main` is written before. */
export async function appTokenChange(
  main: SecretStore,
  store: SecretStore,
  next: () => Promise<string>,
  kmsKeyArn: string | undefined,
): Promise<Change> {
  const current = await readAppToken(store)
  const key = current === "absent" ? (kmsKeyArn ?? (await keyOf(main))) : undefined
  return {
    store,
    current,
    value: "client secret",
    lines: [
      "client secret: alone, as text, for jobs that call SuperOffice as the system user (SO-AppToken)",
      ...keyLines(current, key ?? kmsKeyArn),
    ],
    next: async () => {
      const secret = await next()
      return typeof current === "object" && current.text === secret ? undefined : secret
    },
    write: async (text) => {
      try {
        return await write(store, current, text, key)
      } catch (failure) {
        if (!(failure instanceof CommandFailure)) throw failure
        throw new CommandFailure(
          `"${main.secretId}" contains the client secret, but "${store.secretId}" was not written. ` +
            `To finish, run the same command again. ${failure.message}`,
          { cause: failure },
        )
      }
    },
  }
}

async function keyOf(store: SecretStore): Promise<string | undefined> {
  return (await store.state()) === "absent" ? undefined : (await store.describe()).KmsKeyId
}

/** How the app token secret compares with the client secret in the main secret. */
export interface AppTokenVerdict {
  readonly state: "same" | "different" | "missing" | "unreadable"
  /** A sentence that contains neither value. */
  readonly finding: string
}

/** Reads both secrets and compares them. Does not throw `CommandFailure`, but returns its message as the finding. */
export async function compareAppToken(main: SecretStore, store: SecretStore): Promise<AppTokenVerdict> {
  try {
    const state = await store.state()
    if (state !== "written") return { state: "missing", finding: whatIsMissing(store, state) }
    const { text } = await store.read()
    const { client_secret: secret } = readDocument((await main.read()).text)
    if (text !== undefined && text === secret) {
      return { state: "same", finding: `It contains the client secret of "${main.secretId}".` }
    }
    const why = difference(text, secret)
    return { state: "different", finding: `It differs from the client secret of "${main.secretId}"${why}.` }
  } catch (failure) {
    if (failure instanceof CommandFailure) return { state: "unreadable", finding: failure.message }
    throw failure
  }
}

function difference(text: string | undefined, secret: unknown): string {
  if (text === undefined) return ": it is binary, not text"
  if (text.trim() === secret) return ": it begins or ends with white space"
  return /\p{Cc}/u.test(text) ? ": it contains a control character" : ""
}

import { parsePrivateKey } from "../../lib/credentials/private-key.ts"
import { ExchangeError } from "../../lib/errors.ts"
import { CommandFailure } from "../failure.ts"

/** The RSA key alone, in PKCS#8: without what else stands in the text. Throws `CommandFailure` for anything else. */
export function asPem(text: string): string {
  try {
    return parsePrivateKey(text, "").key.export({ type: "pkcs8", format: "pem" }).toString()
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    throw new CommandFailure(`Nothing was changed: ${mistakeIn(text)}`)
  }
}

/** What was given in place of an unencrypted RSA key. */
function mistakeIn(text: string): string {
  const [, sentence] = mistakes.find(([sign]) => sign.test(text)) ?? []
  return sentence ?? "this is neither a PEM (PKCS#8 or PKCS#1) nor an RSAKeyValue in XML."
}

/** The first sign that is found tells. */
const mistakes: readonly (readonly [sign: RegExp, sentence: string])[] = [
  [/^\s*$/, "no private key was given."],
  [
    /ENCRYPTED/,
    "the key is encrypted with a passphrase. Decrypt it: openssl pkey -in FILE -out decrypted.pem.",
  ],
  [
    /BEGIN OPENSSH PRIVATE KEY/,
    "the key has OpenSSH's own format. Convert it: ssh-keygen -p -m PEM -f FILE.",
  ],
  [/BEGIN (EC|DSA) PRIVATE KEY/, "this is no RSA key, but SuperOffice verifies only RSA signatures."],
  [
    /PRIVATE KEY-----[^]*-----END/,
    "the private key is damaged, or is no RSA key of at least 1024 bits. Copy all of it again.",
  ],
  [/PRIVATE KEY/, "the end of the private key is missing. Copy all of it, with the lines BEGIN and END."],
  [
    /BEGIN CERTIFICATE/,
    "this is a certificate, which contains no private key. Take the key that was made with it.",
  ],
  [/PUBLIC KEY|^ssh-rsa /, "this is a public key. Take the private one."],
  [
    /RSAKeyValue[^]*<D>/,
    "the parts of the RSAKeyValue do not belong together, or one is missing. Copy all of it again.",
  ],
  [/RSAKeyValue/, "this is a public key. Take the private one, whose RSAKeyValue has an element D."],
  // The replacement character stands for bytes that are not UTF-8.
  [
    /[\0\ufffd]/,
    "this is binary, such as PKCS#12 or DER. Convert it: openssl pkcs12 -in FILE -nocerts -nodes, or openssl pkey -inform der -in FILE.",
  ],
]

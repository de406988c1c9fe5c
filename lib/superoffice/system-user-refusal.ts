import { isPlainObject, parseJson } from "../json.ts"

/** The error codes that a refusal of a system user can mean. */
export type SystemUserRefusal = "system_user_rejected" | "clock_rejected" | "signing_key_rejected"

type Meaning = readonly [words: RegExp, code: SystemUserRefusal]

/**
 * The names and sentences of SuperOffice's AuthorizeErrorCode, without spaces and punctuation. Names that are ordinary
 * words count only behind "Authorization error".
 */
const authorizeErrors: readonly Meaning[] = [
  [/invalidtimestamp|timestampisinvalid/, "clock_rejected"],
  [/invalidsignature|signatureisinvalid/, "signing_key_rejected"],
  [
    /invalidredirecturl|needsreapproval|needstobereapproved|authorizationerror(?:revoked|expired|denied)|tenanthasbeenrevoked|tenanthasexpired/,
    "system_user_rejected",
  ],
]

/** What other sentences say, in this order: an expired timestamp is about the clock. */
const otherWords: readonly Meaning[] = [
  [/signature/, "signing_key_rejected"],
  [/timestamp|clock/, "clock_rejected"],
  [/revoked|expired|denied/, "system_user_rejected"],
]

/** Ends of the names of members whose value may say why. */
const explaining = /(?:error|message|code|description|detail|reason|title)$/i

/**
 * Reads from the body of an answer why SuperOffice refused the system user. Undefined when nothing in it says so.
 *
 * Of a body that is not JSON, such as a page in HTML, only the names and sentences of AuthorizeErrorCode count.
 */
export function readSystemUserRefusal(body: string): SystemUserRefusal | undefined {
  const answer = parseJson(body)
  if (answer === undefined) return meaningOf([body], authorizeErrors)
  const said = explanationsIn(answer)
  return meaningOf(said, authorizeErrors) ?? said.map(byNumber).find(Boolean) ?? meaningOf(said, otherWords)
}

function explanationsIn(answer: unknown): readonly string[] {
  const values = isPlainObject(answer)
    ? Object.entries(answer).map(([name, value]) => (explaining.test(name) ? value : undefined))
    : [answer]
  return values.filter((value) => typeof value === "string" || typeof value === "number").map(String)
}

function meaningOf(said: readonly string[], meanings: readonly Meaning[]): SystemUserRefusal | undefined {
  const words = said.map((text) => text.toLowerCase().replace(/[^a-z\d]/g, ""))
  return meanings.find(([pattern]) => words.some((text) => pattern.test(text)))?.[1]
}

/**
 * The number of an AuthorizeErrorCode: the whole text, but for its name, or in parentheses at its end. Other digits mean
 * something else.
 */
function byNumber(text: string): SystemUserRefusal | undefined {
  const found = /^(?:authoriz(?:ation|e) ?error(?: ?code)?\W*)?(\d)\.?$|\((\d)\)\.?$/i.exec(text.trim())
  const number = Number(found?.[1] ?? found?.[2])
  if (number === 6) return "clock_rejected"
  if (number === 7) return "signing_key_rejected"
  return number >= 1 && number <= 5 ? "system_user_rejected" : undefined
}

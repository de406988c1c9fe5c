import { CommandFailure } from "../failure.ts"
import { isPlaceholder } from "./credential.ts"
import { problemOf, sealingKeyIds, type SecretDocument } from "./document.ts"
import type { SecretOptions } from "./read-options.ts"

/** What is wrong with a secret, and the command that corrects it. Contains no value. */
export interface Problem {
  readonly member: "client_id" | "client_secret" | "sealing_keys"
  readonly finding: string
  readonly correctedBy: string
}

type Options = Pick<SecretOptions, "stage" | "nextCommand">

/** The first thing for which the functions would reject the secret. */
export function findProblem(document: SecretDocument, options: Options): Problem | undefined {
  // What status and health say is the same sentence.
  const finding = problemOf(document, options.stage?.hasPages ?? "sealing_keys" in document)
  if (finding === undefined) return undefined
  const member = (["client_id", "client_secret"] as const).find((name) => finding.includes(`"${name}"`))
  return describe(member ?? "sealing_keys", finding, document, options)
}

/** A client id or client secret that the functions would use, but that SuperOffice cannot have given. */
export function findPlaceholder(document: SecretDocument, options: Options): Problem | undefined {
  const member = (["client_id", "client_secret"] as const).find((name) => isPlaceholder(document[name]))
  return member && describe(member, `its "${member}" is a placeholder`, document, options)
}

/** Throws `CommandFailure` if the functions would reject the secret. */
export function checkDocument(document: SecretDocument, options: Options): void {
  const problem = findProblem(document, options)
  if (problem) throw unusable(problem)
}

export function unusable({ finding, correctedBy }: Problem): CommandFailure {
  return new CommandFailure(`Nothing was changed, because ${finding}. To correct that: ${correctedBy}`)
}

function describe(
  member: Problem["member"],
  finding: string,
  document: SecretDocument,
  { nextCommand }: Options,
): Problem {
  switch (member) {
    case "client_id":
      return { member, finding, correctedBy: nextCommand("replace", "--client-id ID") }
    case "client_secret":
      return { member, finding, correctedBy: nextCommand("replace") }
    case "sealing_keys": {
      const isAbsent = sealingKeyIds(document)?.length === 0
      return {
        member,
        finding,
        correctedBy: nextCommand("rotate-sealing-key", ...(isAbsent ? [] : ["--end-sessions"])),
      }
    }
  }
}

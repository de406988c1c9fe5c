import { explainConnection, explainCredentials, namesOf } from "../aws-failure.ts"
import { CommandFailure } from "../failure.ts"

/** The failure of a call to AWS in a sentence. `action` is the name of the call in IAM. */
export function explainAws(error: unknown, action: string): CommandFailure {
  const { name } = namesOf(error)
  const said =
    explainCredentials(error) ??
    explainConnection(error, "AWS") ??
    (name.startsWith("AccessDenied")
      ? `These credentials may not call ${action}: deploy/fragments/deployer.yml has all that deploying needs.`
      : `AWS refused ${action} (${name}).`)
  return new CommandFailure(said, { cause: error })
}

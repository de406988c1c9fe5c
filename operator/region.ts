import { explainConnection } from "./aws-failure.ts"
import { CommandFailure } from "./failure.ts"

/** The region that a client of the AWS SDK has found. Throws `CommandFailure` when there is none. */
export async function regionOf({
  config,
}: {
  readonly config: { readonly region: () => Promise<string> }
}): Promise<string> {
  try {
    return await config.region()
  } catch (error) {
    throw new CommandFailure(
      explainConnection(error, "AWS") ??
        "There is no AWS region: pass --region, write it in deployment.yml, or set AWS_REGION.",
      { cause: error },
    )
  }
}

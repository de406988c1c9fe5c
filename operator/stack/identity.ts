import { STS } from "@aws-sdk/client-sts"
import { CommandFailure } from "../failure.ts"
import { explainAws } from "./aws.ts"

/** Who the commands act as, and where. */
export interface Identity {
  readonly accountId: string
  readonly arn: string
  readonly region: string
}

/** Asks AWS whose the configured credentials are. Throws `CommandFailure` when there are none that work. */
export async function readIdentity(): Promise<Identity> {
  const client = new STS({})
  const region = await regionOf(client)
  try {
    const { Account: accountId = "", Arn: arn = "" } = await client.getCallerIdentity({})
    return { accountId, arn, region }
  } catch (error) {
    throw explainAws(error, "sts:GetCallerIdentity")
  }
}

async function regionOf(client: STS): Promise<string> {
  try {
    return await client.config.region()
  } catch (error) {
    throw new CommandFailure("There is no AWS region: write region in deployment.yml, or pass --region.", {
      cause: error,
    })
  }
}

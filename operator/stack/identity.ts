import { STS } from "@aws-sdk/client-sts"
import { regionOf } from "../region.ts"
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

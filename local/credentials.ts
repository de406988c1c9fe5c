import { randomBytes } from "node:crypto"

/** The one credential that the signed endpoints of a run accept. */
export interface LocalCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  readonly accountId: string
}

/** Temporary credentials of a role, as AWS STS issues them. */
export interface RoleSession extends LocalCredentials {
  readonly sessionToken: string
  readonly expiration: Date
  /** ARN of the assumed role, which ends with the name of the session. */
  readonly arn: string
  /** ARNs of the routes that the role's policies allow. */
  readonly routes: ReadonlySet<string>
}

/** Makes the credential of one run. Its secret access key has 160 random bits and is stored nowhere. */
export function randomCredentials(): LocalCredentials {
  return {
    accessKeyId: "AKIDLOCALSTACK",
    secretAccessKey: randomBytes(20).toString("hex"),
    region: "eu-west-1",
    accountId: "000000000000",
  }
}

/** The environment variables from which the AWS SDK and the AWS CLI read the credential. */
export function credentialVariables({ accessKeyId, secretAccessKey, region }: LocalCredentials) {
  return { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
}

/*
 * The deployments that tests look at, so that a run packages each once. Every setting is given in one of them and left out in
 * another.
 */

/** How `packageService` packages the service. */
export interface PackageOptions {
  readonly stage?: string
  readonly params?: Readonly<Record<string, string>>
  /** Content of `deployment.yml`, the file of a deployment's own settings; none for a folder without one. */
  readonly deployment?: string
  /** A file under `deploy/fragments` to add to the resources, as its first lines say. */
  readonly fragment?: string
}

const arn = (service: string, rest: string): string => `arn:aws:${service}:eu-west-1:111122223333:${rest}`

export const origins = ["https://app.example", "https://admin.example:8443"]
export const kmsKeyArn = arn("kms", "key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d")
export const topicArn = arn("sns", "on-call")
export const boundaryArn = "arn:aws:iam::111122223333:policy/deployer-RolesBoundary-A1B2C3"
export const secretArn = arn("secretsmanager", "secret:superoffice/acme-a1B2c3")
export const appTokenSecretArn = arn("secretsmanager", "secret:superoffice/app-token-a1B2c3")
export const apiTokenKeysSecretArn = arn("secretsmanager", "secret:superoffice/acme-signing-keys-a1B2c3")

/** Pages may call, and nothing else is asked for. */
export const usual: PackageOptions = {
  params: { clientSecretId: "superoffice/sod", allowedOrigins: origins.join(",") },
}

/** For cloud functions alone. Its secrets exist, and are named by their ARNs where that is possible. */
export const cloudOnly: PackageOptions = {
  stage: "acme",
  params: {
    environment: "online",
    clientSecretId: secretArn,
    appTokenSecretId: appTokenSecretArn,
    privateKeySecretId: "superoffice/private-key",
    apiTokenAudience: "https://api.acme.example",
    apiTokenIssuer: "https://tokens.acme.example",
    apiTokenKeysSecretId: apiTokenKeysSecretArn,
    apiTokenSeconds: "300",
    secretKmsKeyArn: kmsKeyArn,
    permissionsBoundary: boundaryArn,
    refreshTokenDelivery: "sealed",
    logLevel: "WARN",
    logRetentionInDays: "365",
    reservedConcurrency: "5",
    throttleRate: "5",
    throttleBurst: "10",
    tracing: "true",
  },
}

/** At a domain of its own, with every resource that can be asked for. Its settings are in a file. */
export const everything: PackageOptions = {
  stage: "online",
  deployment: `
sod:
  clientSecretId: superoffice/another
online:
  clientSecretId: superoffice/online
  appTokenSecretId: superoffice/online-app-token
  privateKeySecretId: superoffice/online-key
  apiTokenAudience: https://api.example
  apiTokenKeysSecretId: superoffice/online-signing-keys
  createSecret: true
  secretKmsKeyArn: ${kmsKeyArn}
  allowedOrigins: [${origins.join(", ")}]
  domainName: login.example
  certificateArn: ${arn("acm", "certificate/example")}
  hostedZoneId: Z0EXAMPLE
  alarmTopicArn: ${topicArn}
  permissionsBoundary: ${boundaryArn}
  reservedConcurrency: 5
  tracing: true
`,
}

/** With function URLs; its client secret is to be made, and its app token secret exists. */
export const functionUrls: PackageOptions = {
  params: {
    clientSecretId: "superoffice/sod",
    appTokenSecretId: appTokenSecretArn,
    apiTokenAudience: "https://api.example",
    apiTokenKeysSecretId: "superoffice/sod-signing-keys",
    createSecret: "true",
    secretKmsKeyArn: kmsKeyArn,
  },
  fragment: "function-url.yml",
}

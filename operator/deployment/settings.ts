import * as values from "./values.ts"

/** Names in `serverless.yml`. A test compares them. */
export const serviceName = "superoffice-token-exchange"
export const longestFunctionName = "authenticate-system-user"

/** A setting of a deployment: a row of the table in docs/settings.md. */
interface Setting {
  /** The functions' variable that gets the value. `loadConfig` checks it by the functions' own rules. */
  readonly variable?: string
  /** Empty: not given. */
  readonly default: string
  /** A rule beside that of the functions, usually AWS's. */
  readonly check?: values.Check
  /** May be a list in the file. The functions and the gateway get it comma-separated. */
  readonly isList?: true
}

export const settings = {
  region: { default: "", check: values.region },
  profile: { default: "" },
  clientSecretId: { default: "", variable: "CLIENT_SECRET_ID", check: values.secretId },
  environment: { default: "", variable: "SUPEROFFICE_ENVIRONMENT" },
  allowedOrigins: { default: "", variable: "ALLOWED_ORIGINS", check: values.origins, isList: true },
  allowedRedirectUris: {
    default: "",
    variable: "ALLOWED_REDIRECT_URIS",
    check: values.redirectUris,
    isList: true,
  },
  refreshTokenDelivery: { default: "", variable: "REFRESH_TOKEN_DELIVERY" },
  sessionMaxAgeSeconds: { default: "", variable: "SESSION_MAX_AGE_SECONDS" },
  privateKeySecretId: { default: "", variable: "PRIVATE_KEY_SECRET_ID", check: values.secretId },
  apiTokenAudience: { default: "", variable: "API_TOKEN_AUDIENCE" },
  apiTokenIssuer: { default: "", variable: "API_TOKEN_ISSUER" },
  apiTokenKeysSecretId: { default: "", variable: "API_TOKEN_KEYS_SECRET_ID", check: values.secretId },
  apiTokenSeconds: { default: "", variable: "API_TOKEN_SECONDS" },
  appTokenSecretId: { default: "", check: values.secretId },
  createSecret: { default: "false", check: values.boolean },
  secretKmsKeyArn: { default: "", check: values.kmsKeyArn },
  domainName: { default: "", check: values.domainName },
  certificateArn: { default: "", check: values.certificateArn },
  hostedZoneId: { default: "", check: values.hostedZoneId },
  permissionsBoundary: { default: "", check: values.policyArn },
  alarmTopicArn: { default: "", check: values.topicArn },
  throttleRate: { default: "20", check: values.positiveNumber },
  throttleBurst: { default: "40", check: values.positiveInteger },
  reservedConcurrency: { default: "", check: values.positiveInteger },
  logLevel: { default: "INFO", variable: "LOG_LEVEL" },
  logRetentionInDays: { default: "90", check: values.logRetention },
  tracing: { default: "false", check: values.boolean },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings

/** The text of every setting, with its default where none was given; empty where there is no default. */
export type Settings = Readonly<Record<SettingName, string>>

export const settingNames = Object.keys(settings) as SettingName[]

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}

export function settingOf(name: SettingName): Setting {
  return settings[name]
}

/** Every secret that a deployment names. */
export function secretIdsOf(settings: Settings): string[] {
  const { clientSecretId, privateKeySecretId, appTokenSecretId, apiTokenKeysSecretId } = settings
  return [clientSecretId, privateKeySecretId, appTokenSecretId, apiTokenKeysSecretId].filter(
    (id) => id !== "",
  )
}

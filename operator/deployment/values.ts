/** What is wrong with a value, and what would be right. */
export interface Mistake {
  readonly wrong: string
  readonly right?: string | undefined
}

/** Checks one value. `region` is the deployment's, if it is known. */
export type Check = (value: string, region: string | undefined) => Mistake | undefined

export const region: Check = (value) =>
  /^[a-z]{2}(-[a-z]+)+-\d$/.test(value)
    ? undefined
    : { wrong: "must be the code of an AWS region", right: "write eu-west-1, say" }

export const boolean: Check = (value) => {
  if (value === "true" || value === "false") return undefined
  const meant = { yes: "true", on: "true", 1: "true", no: "false", off: "false", 0: "false" }[
    value.toLowerCase()
  ]
  const wrong = "must be true or false"
  return { wrong, right: write(meant ?? (/^(true|false)$/i.test(value) ? value.toLowerCase() : undefined)) }
}

export const positiveInteger: Check = (value) =>
  /^[1-9]\d{0,6}$/.test(value) ? undefined : { wrong: "must be a whole number from 1" }

export const positiveNumber: Check = (value) =>
  /^\d{1,7}(\.\d{1,3})?$/.test(value) && Number(value) > 0
    ? undefined
    : { wrong: "must be a number above 0", right: "write 20, say" }

/** The values that CloudWatch Logs accepts (PutRetentionPolicy). */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

export const logRetention: Check = (value) => {
  const days = /^\d{1,5}$/.test(value) ? Number(value) : NaN
  if (retentionDays.includes(days)) return undefined
  const next = retentionDays.find((one) => one >= days)
  return { wrong: `must be one of ${retentionDays.join(", ")}`, right: write(next?.toString()) }
}

export const origins: Check = (value) => list(value, asOrigin)

export const redirectUris: Check = (value) => list(value, (uri) => uri)

/** Spaces stay in the gateway's list, but not in that of the functions. */
function list(value: string, asRight: (part: string) => string): Mistake | undefined {
  const parts = value.split(",").map((part) => part.trim())
  const given = parts.filter((part) => part !== "")
  const right = write([...new Set(given.map(asRight))].join(","))
  if (given.length < parts.length) return { wrong: "has a comma without a value", right }
  if (parts.join(",") !== value) return { wrong: "must not contain spaces", right }
  return new Set(parts).size < parts.length ? { wrong: "contains a value twice", right } : undefined
}

/** The origin that somebody means who writes a URL or a host name. */
export function asOrigin(text: string): string {
  const url = /^[\w-]+:\/\//.test(text) ? text : `https://${text}`
  return URL.canParse(url) ? new URL(url).origin : text
}

/** A name that Secrets Manager accepts, or a full ARN, because a policy needs the six characters at its end. */
export const secretId: Check = (value, region) => {
  if (!value.startsWith("arn:")) {
    if (/^[\w/+=.@-]{1,512}$/.test(value)) return undefined
    return { wrong: "must be the name of a secret: letters, digits and /_+=.@- only, at most 512" }
  }
  return arn(value, region, "secretsmanager", /^secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/, {
    wrong: "must be a secret's name or its full ARN, which ends with a hyphen and six characters",
  })
}

export const kmsKeyArn: Check = (value, region) => {
  if (/(^|:)alias\//.test(value)) {
    return {
      wrong: "must be the key's own ARN, because a policy cannot name a key by its alias",
      right: "aws kms describe-key --key-id ALIAS --query KeyMetadata.Arn prints it",
    }
  }
  return arn(value, region, "kms", /^key\/[\w-]+$/, { wrong: "must be the ARN of a KMS key" })
}

export const certificateArn: Check = (value, region) =>
  arn(value, region, "acm", /^certificate\/[\w-]+$/, { wrong: "must be the ARN of a certificate in ACM" })

export const topicArn: Check = (value, region) =>
  arn(value, region, "sns", /^[\w-]{1,256}(\.fifo)?$/, { wrong: "must be the ARN of an SNS topic" })

export const policyArn: Check = (value) =>
  /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/.test(value)
    ? undefined
    : { wrong: "must be the ARN of an IAM policy" }

export const domainName: Check = (value) => {
  const wrong = "must be a host name in lower-case letters, without a scheme and a path"
  if (isHostName(value)) return undefined
  const url = URL.canParse(value) ? value : `https://${value}`
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : ""
  return { wrong, right: write(isHostName(host) ? host : undefined) }
}

export const hostedZoneId: Check = (value) => {
  if (/^Z[A-Z0-9]{1,31}$/.test(value)) return undefined
  const id = value.replace(/^\/?hostedzone\//, "")
  const wrong = "must be the id of a hosted zone in Route 53"
  return { wrong, right: id === value ? "it begins with Z" : write(id) }
}

function isHostName(text: string): boolean {
  const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
  return text.length <= 253 && new RegExp(`^(${label}\\.)+[a-z][a-z0-9-]*[a-z0-9]$`).test(text)
}

function arn(
  value: string,
  region: string | undefined,
  service: string,
  resource: RegExp,
  otherwise: Mistake,
): Mistake | undefined {
  const found = /^arn:aws[\w-]*:([\w-]+):([\w-]+):\d{12}:(.+)$/.exec(value)
  if (found?.[1] !== service || !resource.test(found[3] ?? "")) return otherwise
  if (region === undefined || found[2] === region) return undefined
  return { wrong: `must be in the deployment's region, ${region}` }
}

function write(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : `write ${value}`
}

import { createHash, createHmac } from "node:crypto"

/** Headers of a signed call to Secrets Manager (AWS Signature Version 4), with credentials from the environment. */
export function signedHeaders(url: URL, target: string, body: string): Record<string, string> {
  const {
    AWS_ACCESS_KEY_ID: keyId = "",
    AWS_SECRET_ACCESS_KEY: key = "",
    AWS_REGION: region = "",
  } = process.env
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "")
  const date = time.slice(0, 8)
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    host: url.host,
    "x-amz-date": time,
    "x-amz-target": target,
  }
  const names = Object.keys(headers).join(";")
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const canonical = ["POST", "/", "", lines.join(""), names, sha256(body)].join("\n")
  const scope = `${date}/${region}/secretsmanager/aws4_request`
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")
  const signingKey = scope
    .split("/")
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${key}`)
  const signature = hmac(signingKey, toSign).toString("hex")
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}

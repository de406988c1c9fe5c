import { randomSealingKey } from "../../../local/stack.ts"

export const secretId = "superoffice/sod"
export const oldSecret = "canary-old-client-secret"
export const newSecret = "canary-new-client-secret"
export const first = randomSealingKey("first")
export const second = randomSealingKey("second")
export const stored = {
  client_id: "db1834037c58c02b6bd9898feef19845",
  client_secret: oldSecret,
  sealing_keys: [second, first],
  "a field of the operator's": { kept: [1, null, "as it is"] },
}
export const kmsKeyArn = "arn:aws:kms:eu-west-1:000000000000:key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d"

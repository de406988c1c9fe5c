import {
  DecryptionFailure,
  EncryptionFailure,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerServiceException,
} from "@aws-sdk/client-secrets-manager"
import { describe, expect, it } from "vitest"
import { readRefusal } from "../../../lib/credentials/secret-refusal.ts"

const $metadata = {}
const key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
const caller = "User: arn:aws:sts::123456789012:assumed-role/KMS-admins/me is not authorized to perform:"

function notFound(what: string): Error {
  const message = `Secrets Manager can't find the specified ${what}`
  return new ResourceNotFoundException({ message, $metadata })
}

function invalid(message: string): Error {
  return new InvalidRequestException({ message, $metadata })
}

function denied(message: string): Error {
  const name = "AccessDeniedException"
  return new SecretsManagerServiceException({ name, $fault: "client", message, $metadata })
}

const refusals: Readonly<Record<string, readonly Error[]>> = {
  no_secret: [notFound("secret.")],
  no_value: [notFound("secret value for staging label: AWSCURRENT"), notFound("secret version: 5d2b1c9a")],
  scheduled_for_deletion: [
    invalid("You can't perform this operation on the secret because it was marked for deletion."),
    invalid("You tried to perform the operation on a secret that's currently marked deleted."),
  ],
  denied: [
    // A name that contains KMS does not make it a matter of the key.
    denied(`${caller} secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:x:1:secret:KMS-1`),
    denied(""),
  ],
  key_unusable: [
    denied("Access to KMS is not allowed"),
    denied(`${caller} kms:Decrypt on resource: ${key} because no identity-based policy allows it`),
    denied("The ciphertext refers to a customer master key that does not exist in this region."),
    invalid("You can't access a secret that is encrypted with another account's default KMS service key."),
    invalid(`${key} is disabled.`),
    invalid("The KMS key is in an invalid state: PendingDeletion"),
    new DecryptionFailure({ message: "Secrets Manager can't decrypt the protected secret text", $metadata }),
    new EncryptionFailure({ message: "", $metadata }),
  ],
}

describe("readRefusal", () => {
  it.each(Object.entries(refusals))("finds %s in AWS's words for it: %s", (refusal, errors) => {
    for (const error of errors) expect(readRefusal(error), error.message).toBe(refusal)
  })

  it("finds none in other errors, and in what is no error", () => {
    const others = [
      invalid("You must provide either SecretString or SecretBinary."),
      new Error("the secret was deleted"),
      "denied",
    ]
    for (const error of others) expect(readRefusal(error)).toBeUndefined()
  })
})

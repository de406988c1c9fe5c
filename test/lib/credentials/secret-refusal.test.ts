import {
  DecryptionFailure,
  EncryptionFailure,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerServiceException,
} from "@aws-sdk/client-secrets-manager"
import { expect, it } from "vitest"
import { readRefusal } from "../../../lib/credentials/secret-refusal.ts"

const $metadata = {}
const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
const caller =
  "User: arn:aws:sts::123456789012:assumed-role/KMS-admins/somebody is not authorized to perform:"

function denied(message: string): Error {
  return new SecretsManagerServiceException({
    name: "AccessDeniedException",
    $fault: "client",
    message,
    $metadata,
  })
}

function invalid(message: string): Error {
  return new InvalidRequestException({ message, $metadata })
}

it.each([
  [
    "a secret that does not exist",
    new ResourceNotFoundException({ message: "Secrets Manager can't find the specified secret.", $metadata }),
    "no_secret",
  ],
  [
    "a secret without a current version",
    new ResourceNotFoundException({
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      $metadata,
    }),
    "no_value",
  ],
  [
    "a version that is not there",
    new ResourceNotFoundException({
      message: "Secrets Manager can't find the specified secret version: 5d2b1c9a",
      $metadata,
    }),
    "no_value",
  ],
  [
    "a secret marked for deletion",
    invalid("You can't perform this operation on the secret because it was marked for deletion."),
    "scheduled_for_deletion",
  ],
  [
    "a secret marked deleted",
    invalid("You tried to perform the operation on a secret that's currently marked deleted."),
    "scheduled_for_deletion",
  ],
  [
    "the name of a secret that is scheduled for deletion",
    invalid(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ),
    "scheduled_for_deletion",
  ],
  [
    "a permission of Secrets Manager, though a name contains KMS",
    denied(
      `${caller} secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:1:secret:KMS-1`,
    ),
    "denied",
  ],
  ["a refusal without words", denied(""), "denied"],
  ["a permission of KMS", denied("Access to KMS is not allowed"), "key_unusable"],
  [
    "a permission of KMS by its name",
    denied(
      `${caller} kms:Decrypt on resource: ${keyArn} because no identity-based policy allows the kms:Decrypt action`,
    ),
    "key_unusable",
  ],
  [
    "the default key of another account",
    invalid(
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    ),
    "key_unusable",
  ],
  [
    "a key that KMS does not find or does not allow",
    denied(
      "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
    ),
    "key_unusable",
  ],
  [
    "a value that cannot be decrypted",
    new DecryptionFailure({
      message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
      $metadata,
    }),
    "key_unusable",
  ],
  ["a value that cannot be encrypted", new EncryptionFailure({ message: "", $metadata }), "key_unusable"],
  ["a disabled key", invalid(`${keyArn} is disabled.`), "key_unusable"],
  ["a disabled key, denied", denied(`KMS key ${keyArn} is disabled.`), "key_unusable"],
  [
    "a key that is pending deletion",
    new EncryptionFailure({ message: `${keyArn} is pending deletion.`, $metadata }),
    "key_unusable",
  ],
  [
    "a key in the state PendingDeletion",
    invalid("The KMS key is in an invalid state: PendingDeletion"),
    "key_unusable",
  ],
  [
    "a parameter that is not valid",
    invalid("You must provide either SecretString or SecretBinary."),
    undefined,
  ],
  ["another error", new Error("socket hang up"), undefined],
  ["what is no error", "AccessDeniedException", undefined],
] as const)("reads from AWS's words: %s", (_what, error, cause) => {
  expect(readRefusal(error)).toBe(cause)
})

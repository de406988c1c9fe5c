import { expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { arnPrefix } from "../support/service.ts"
import { ofType } from "../support/template.ts"

it("makes no secret unless asked", async () => {
  const { stack } = await packageService({ params: { clientSecretId: "superoffice/sod" } })
  expect(ofType(stack, "AWS::SecretsManager::Secret")).toEqual([])
})

it("makes the secret without a value, and drops it only when the deployment that makes it fails", async () => {
  // An ARN shows that the app token secret is there already.
  const appTokenSecretId = `${arnPrefix("secretsmanager")}secret:superoffice/app-token-a1B2c3`
  const { stack } = await packageService({ params: { ...params, appTokenSecretId } })
  expect(stack.resources.ClientSecret).toEqual({
    ...kept,
    properties: {
      Name: "superoffice/sod",
      Description: "SuperOffice client credentials and sealing keys",
      KmsKeyId: keyArn,
    },
  })
  expect(stack.outputs.ClientSecretArn).toBe("ClientSecret")
  expect(ofType(stack, "AWS::SecretsManager::Secret")).toHaveLength(1)
})

it("makes the app token secret beside it, with the same key, when the deployment names one", async () => {
  const { stack } = await packageService({ params: { ...params, appTokenSecretId: "superoffice/app-token" } })
  expect(stack.resources.AppTokenSecret).toEqual({
    ...kept,
    properties: {
      Name: "superoffice/app-token",
      Description: "SuperOffice client secret alone, for callers that act as the system user",
      KmsKeyId: keyArn,
    },
  })
  expect(stack.outputs.AppTokenSecretArn).toBe("AppTokenSecret")
})

const keyArn = `${arnPrefix("kms")}key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d`
const params = { clientSecretId: "superoffice/sod", createSecret: "true", secretKmsKeyArn: keyArn }
const kept = {
  type: "AWS::SecretsManager::Secret",
  deletionPolicy: "RetainExceptOnCreate",
  updateReplacePolicy: "Retain",
}

import { expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { ofType } from "../support/template.ts"

it("makes no secret unless asked", async () => {
  const { stack } = await packageService({ params: { clientSecretId: "superoffice/sod" } })
  expect(ofType(stack, "AWS::SecretsManager::Secret")).toEqual([])
})

it("makes the secret without a value, and never drops it", async () => {
  const params = { clientSecretId: "superoffice/sod", createSecret: "true", secretKmsKeyArn: "arn:of:key" }
  const { stack } = await packageService({ params })
  expect(stack.resources.ClientSecret).toEqual({
    type: "AWS::SecretsManager::Secret",
    deletionPolicy: "Retain",
    updateReplacePolicy: "Retain",
    properties: {
      Name: "superoffice/sod",
      Description: "SuperOffice client credentials and sealing keys",
      KmsKeyId: "arn:of:key",
    },
  })
  expect(stack.outputs.ClientSecretArn).toBe("ClientSecret")
})

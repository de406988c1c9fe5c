import { describe, expect, it } from "vitest"
import { everything, functionUrls, kmsKeyArn, usual, type PackageOptions } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { ofType } from "../support/template.ts"

const kept = {
  type: "AWS::SecretsManager::Secret",
  deletionPolicy: "RetainExceptOnCreate",
  updateReplacePolicy: "Retain",
}

async function secretsOf(options: PackageOptions): Promise<number> {
  return ofType((await packageService(options)).stack, kept.type).length
}

describe("the stack", { timeout: 120_000 }, () => {
  it("makes no secret unless asked", async () => {
    expect(await secretsOf(usual)).toBe(0)
  })

  it("makes both secrets without values, and drops them only when the deployment that makes them fails", async () => {
    const { stack } = await packageService(everything)
    expect(stack.resources).toMatchObject({
      ClientSecret: { ...kept, properties: { Name: "superoffice/online", KmsKeyId: kmsKeyArn } },
      AppTokenSecret: { ...kept, properties: { Name: "superoffice/online-app-token", KmsKeyId: kmsKeyArn } },
    })
    expect(stack.resources.ClientSecret?.properties).not.toHaveProperty("SecretString")
    expect(stack.resources.AppTokenSecret?.properties).not.toHaveProperty("SecretString")
    expect(stack.outputs).toMatchObject({
      ClientSecretArn: "ClientSecret",
      AppTokenSecretArn: "AppTokenSecret",
    })
  })

  it("makes no app token secret that an ARN names, because it is there already", async () => {
    expect(await secretsOf(functionUrls)).toBe(1)
  })
})

import { describe, expect, it, onTestFinished, vi } from "vitest"
import { startCloudFormation } from "../../../local/cloudformation.ts"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { readDeployment } from "../../../operator/deployment/deployment.ts"
import type { ConnectionFailure } from "../../../operator/doctor/connection.ts"
import { explainDomain } from "../../../operator/doctor/find-api.ts"
import { folderWith } from "../folder-with.ts"

const url = "https://login.example.com"
const otherName: ConnectionFailure = {
  kind: "certificate of another name",
  finding: "found",
  fix: "as usual",
}

async function deploymentAtDomain() {
  const certificateArn = "arn:aws:acm:eu-west-1:111122223333:certificate/example"
  const settings = `region: eu-west-1, domainName: login.example.com, certificateArn: "${certificateArn}"`
  return readDeployment({
    stage: "sod",
    folder: folderWith(`sod: { clientSecretId: a, ${settings} }\n`),
  })
}

describe("why the API at the deployment's own domain cannot be reached", () => {
  it("names the record and the certificate when the server has a certificate of another name", async () => {
    const credentials = randomCredentials()
    const outputs = { DomainTarget: "d-abc123.execute-api.eu-west-1.amazonaws.com" }
    const service = "superoffice-token-exchange"
    const cloudFormation = await startCloudFormation({ service, outputs, credentials })
    onTestFinished(() => cloudFormation.close())
    onTestFinished(() => void vi.unstubAllEnvs())
    const variables = {
      ...credentialVariables(credentials),
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
    }
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)

    expect(await explainDomain(otherName, url, await deploymentAtDomain())).toEqual({
      ...otherName,
      fix:
        "a CNAME record of login.example.com has to lead to d-abc123.execute-api.eu-west-1.amazonaws.com (output DomainTarget), " +
        "and certificateArn has to be of a certificate for login.example.com",
    })
  })

  it("stays as it is for another name, for another failure, and without a deployment", async () => {
    const refused: ConnectionFailure = { kind: undefined, finding: "refused", fix: "as usual" }
    const deployment = await deploymentAtDomain()
    expect(await explainDomain(refused, url, deployment)).toEqual(refused)
    expect(await explainDomain(otherName, "https://other.example.com", deployment)).toEqual(otherName)
    expect(await explainDomain(otherName, url, undefined)).toEqual(otherName)
  })
})

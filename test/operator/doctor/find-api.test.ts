import { describe, expect, it, onTestFinished, vi } from "vitest"
import { startCloudFormation } from "../../../local/cloudformation.ts"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { readDeployment } from "../../../operator/deployment/deployment.ts"
import type { ConnectionFailure } from "../../../operator/doctor/connection.ts"
import { explainDomain } from "../../../operator/doctor/find-api.ts"
import { folderWith, sectionOf } from "../folder-with.ts"

const url = "https://login.example.com"
const usual = { finding: "found", fix: "as usual" }
const otherName: ConnectionFailure = { kind: "certificate of another name", ...usual }

function deploymentAtDomain() {
  const certificateArn = "arn:aws:acm:eu-west-1:111122223333:certificate/example"
  const settings = { region: "eu-west-1", domainName: "login.example.com", certificateArn }
  const folder = folderWith(sectionOf("sod", { clientSecretId: "a", ...settings }))
  return readDeployment({ stage: "sod", folder })
}

describe("why the API at the deployment's own domain cannot be reached", () => {
  it("names the record and the certificate when the server has a certificate of another name", async () => {
    const credentials = randomCredentials()
    const outputs = { DomainTarget: "d-abc123.execute-api.eu-west-1.amazonaws.com" }
    const service = "superoffice-token-exchange"
    const cloudFormation = await startCloudFormation({ service, outputs, credentials })
    onTestFinished(() => cloudFormation.close())
    onTestFinished(() => void vi.unstubAllEnvs())
    for (const [name, value] of Object.entries(credentialVariables(credentials))) vi.stubEnv(name, value)
    vi.stubEnv("AWS_ENDPOINT_URL_CLOUDFORMATION", cloudFormation.url)
    const { fix, ...others } = await explainDomain(otherName, url, deploymentAtDomain())
    expect({ ...others, fix: usual.fix }).toEqual(otherName)
    expect(fix).toMatch(/^a CNAME record .* lead to d-abc123\..*, and certificateArn has to be of /)
  })

  it("stays as it is for another name, for another failure, and without a deployment", async () => {
    const refused: ConnectionFailure = { kind: undefined, ...usual }
    const deployment = deploymentAtDomain()
    expect(await explainDomain(refused, url, deployment)).toEqual(refused)
    expect(await explainDomain(otherName, "https://other.example.com", deployment)).toEqual(otherName)
    expect(await explainDomain(otherName, url, undefined)).toEqual(otherName)
  })
})

import { describe, expect, it } from "vitest"
import { randomCredentials, type RoleSession } from "../../../local/credentials.ts"
import { authorizeWithIam } from "../../../local/http-api/iam.ts"
import type { ReceivedRequest } from "../../../local/received-request.ts"
import { signedHeaders } from "../../support/signed-request.ts"

const now = new Date("2026-01-31T12:00:00Z")
const credentials = randomCredentials()
const session: RoleSession = {
  ...credentials,
  accessKeyId: "ASIALOCAL",
  secretAccessKey: "session-secret",
  sessionToken: "session-token",
  expiration: new Date("2026-01-31T13:00:00Z"),
  arn: "arn:aws:sts::000000000000:assumed-role/CallerRole/nightly",
  routes: new Set(["arn:aws:execute-api:eu-west-1:000000000000:local/$default/POST/signed/token"]),
}

async function authorize(signer: typeof credentials, path = "/signed/token", at = now) {
  const post = { url: `http://127.0.0.1${path}`, service: "execute-api", body: "{}", signingDate: at }
  const headers = await signedHeaders({ ...post, credentials: signer })
  const request: ReceivedRequest = {
    method: "POST",
    rawPath: path,
    rawQueryString: "",
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(post.body),
    sourceIp: "127.0.0.1",
  }
  const sessions = new Map([[session.accessKeyId, session]])
  return authorizeWithIam(request, { credentials, sessions }, at)?.iam
}

describe("the IAM authorizer of the local API with temporary credentials", () => {
  it("describes the caller as the session of the role", async () => {
    const { arn: userArn } = session
    const userId = "AROALOCALROLE:nightly"
    expect(await authorize(session)).toMatchObject({ accessKey: "ASIALOCAL", userArn, userId })
  })

  it("still accepts the key of the stack, on every route, as a user", async () => {
    expect(await authorize(credentials, "/signed/health")).toEqual({
      accessKey: credentials.accessKeyId,
      accountId: "000000000000",
      callerId: "AIDALOCALUSER",
      cognitoIdentity: null,
      principalOrgId: "o-local",
      userArn: "arn:aws:iam::000000000000:user/local",
      userId: "AIDALOCALUSER",
    })
  })

  it("refuses a route that the role does not allow, and every route once the credentials have expired", async () => {
    expect(await authorize(session, "/signed/health")).toBeUndefined()
    expect(await authorize(session, "/signed/token", session.expiration)).toBeUndefined()
  })

  it.each([
    ["no session token", { ...session, sessionToken: undefined }],
    ["another session token", { ...session, sessionToken: "other" }],
    ["another secret key", { ...session, secretAccessKey: "other" }],
    ["a key that was never issued", { ...session, accessKeyId: "ASIAOTHER" }],
  ])("refuses a signature with %s", async (_what, signer) => {
    expect(await authorize(signer)).toBeUndefined()
  })
})

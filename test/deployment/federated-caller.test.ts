import { describe, expect, it } from "vitest"
import { parametersOf, fragment, readTemplate } from "../support/fragment.ts"
import { problems } from "../support/service-spec.ts"
import { list, object, ofType, only, text, type StackTemplate } from "../support/template.ts"

const github = {
  Issuer: "token.actions.githubusercontent.com",
  Audience: "https://login.example.com",
  Subject: "repo:acme/nightly:ref:refs/heads/main",
}
const azure = {
  Issuer: "sts.windows.net/11111111-2222-3333-4444-555555555555/",
  Audience: "api://66666666-7777-8888-9999-000000000000",
  Subject: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
}
const google = {
  Issuer: "accounts.google.com",
  Audience: "https://login.example.com",
  Subject: "107517467455664443765",
}

const template = "federated-caller.yml"
const ApiId = "a1b2c3d4e5"

function stackFor(parameters: Readonly<Record<string, string>>): StackTemplate {
  return fragment(template, { ApiId, ...parameters })
}

const providers = "arn:aws:iam::111122223333:oidc-provider/"
describe.each([
  ["GitHub Actions", github, providers + github.Issuer, { aud: github.Audience, sub: github.Subject }],
  ["Azure", azure, providers + azure.Issuer, { aud: azure.Audience, sub: azure.Subject }],
  // AWS compares the azp of Google's tokens as aud.
  [
    "Google Cloud",
    google,
    google.Issuer,
    { oaud: google.Audience, aud: google.Subject, sub: google.Subject },
  ],
])("the role for a caller in %s", (_platform, parameters, Federated, values) => {
  const stack = stackFor(parameters)

  it("has only properties that its resources have, and no wildcard or pattern in any value", () => {
    expect(problems(stack)).toEqual([])
    expect(JSON.stringify(stack)).not.toMatch(/[*?]|StringLike|IfExists|ForA(ny|ll)Value/)
    const refused = Object.entries({ ...parameters, ApiId }).filter(
      ([name, value]) => !parametersOf(template)(name, value),
    )
    expect(refused).toEqual([])
  })

  it("trusts one audience and one subject of the issuer, and ends sessions after an hour", () => {
    const { AssumeRolePolicyDocument, MaxSessionDuration } = only(stack, "AWS::IAM::Role")
    expect(MaxSessionDuration).toBe(3600)
    const claims = Object.entries(values).map(([name, value]) => [`${parameters.Issuer}:${name}`, value])
    expect(JSON.parse(text(AssumeRolePolicyDocument))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: Object.fromEntries(claims) as object },
        },
      ],
    })
  })
})

describe("the OIDC provider of a federated caller", () => {
  it("is that of the issuer, for the one audience", () => {
    expect(only(stackFor(azure), "AWS::IAM::OIDCProvider")).toEqual({
      Url: `https://${azure.Issuer}`,
      ClientIdList: [azure.Audience],
    })
  })

  it.each([
    ["the account has one already", { ...github, CreateProvider: "false" }],
    ["the issuer is Google's, which AWS has built in", google],
  ])("is not created when %s", (_why, parameters) => {
    expect(ofType(stackFor(parameters), "AWS::IAM::OIDCProvider")).toEqual([])
  })

  it.each(["https://accounts.google.com", "issuer.example:8443"])(
    "is not of %s, which is no name of an issuer",
    (issuer) => {
      expect(parametersOf(template)("Issuer", issuer)).toBe(false)
    },
  )
})

describe("the permissions of a federated caller", () => {
  it.each([
    ["grants", "CallerPolicy", ["exchange-code", "refresh-token", "token", "revoke-token"]],
    ["system-user", "SystemUserCallerPolicy", ["authenticate-system-user"]],
  ])(
    "%s are the signed routes of %s in one API and stage, and nothing else",
    (Permissions, policy, names) => {
      const role = only(stackFor({ ...github, Permissions }), "AWS::IAM::Role")
      expect(role.ManagedPolicyArns).toBeUndefined()
      if (Permissions === "grants") expect(stackFor(github)).toEqual(stackFor({ ...github, Permissions }))
      const api = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/$default/POST/signed"
      expect(list(role.Policies).map((policy) => object(object(policy).PolicyDocument).Statement)).toEqual([
        [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: names.map((name) => `${api}/${name}`) }],
      ])
      const ours = JSON.stringify(readTemplate("callers.yml").Resources[policy]?.Properties)
      expect([...ours.matchAll(/POST\/signed\/([\w-]+)/g)].map(([, name]) => name)).toEqual(names)
    },
  )
})

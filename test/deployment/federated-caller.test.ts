import { describe, expect, it } from "vitest"
import { fragment, readTemplate } from "../support/fragment.ts"
import { problems } from "../support/service-spec.ts"
import { list, object, ofType, only, text, type Json, type StackTemplate } from "../support/template.ts"

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
const platforms = { "GitHub Actions": github, Azure: azure, "Google Cloud": google }

function stackFor(parameters: Readonly<Record<string, string>>): StackTemplate {
  return fragment("federated-caller.yml", { ApiId: "a1b2c3d4e5", ...parameters })
}

function trustOf(stack: StackTemplate): unknown {
  return JSON.parse(text(only(stack, "AWS::IAM::Role").AssumeRolePolicyDocument))
}

/** A trust policy of one statement. */
function trust(principal: string, conditions: Readonly<Record<string, string>>) {
  const Principal = { Federated: principal }
  const Condition = { StringEquals: conditions }
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRoleWithWebIdentity", Condition }],
  }
}

describe.each(Object.entries(platforms))("the role for a caller in %s", (_platform, parameters) => {
  const stack = stackFor(parameters)

  it("has only properties that its resources have", () => {
    expect(problems(stack)).toEqual([])
  })

  it("has no wildcard and no pattern in any value, and ends sessions after an hour", () => {
    expect(JSON.stringify(stack)).not.toMatch(/[*?]|StringLike|IfExists|ForA(ny|ll)Value/)
    expect(only(stack, "AWS::IAM::Role").MaxSessionDuration).toBe(3600)
  })
})

describe("the trust policy", () => {
  it.each([
    ["GitHub Actions", github],
    ["Azure", azure],
  ])("trusts one audience and one subject of the issuer of %s", (_platform, parameters) => {
    const { Issuer, Audience, Subject } = parameters
    expect(trustOf(stackFor(parameters))).toEqual(
      trust(`arn:aws:iam::111122223333:oidc-provider/${Issuer}`, {
        [`${Issuer}:aud`]: Audience,
        [`${Issuer}:sub`]: Subject,
      }),
    )
  })

  it("compares the audience of Google's tokens as oaud, because AWS compares azp as aud", () => {
    expect(trustOf(stackFor(google))).toEqual(
      trust("accounts.google.com", {
        "accounts.google.com:oaud": google.Audience,
        "accounts.google.com:aud": google.Subject,
        "accounts.google.com:sub": google.Subject,
      }),
    )
  })
})

describe("the OIDC provider", () => {
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
})

describe("the permissions", () => {
  it.each([
    ["grants", "CallerPolicy", ["exchange-code", "refresh-token", "token", "revoke-token"]],
    ["system-user", "SystemUserCallerPolicy", ["authenticate-system-user"]],
  ])(
    "%s are the signed routes of %s in one API and stage, and nothing else",
    (Permissions, policy, names) => {
      const role = only(stackFor({ ...github, Permissions }), "AWS::IAM::Role")
      expect(role.ManagedPolicyArns).toBeUndefined()
      expect(list(role.Policies).map((policy) => object(object(policy).PolicyDocument).Statement)).toEqual([
        [
          {
            Effect: "Allow",
            Action: "execute-api:Invoke",
            Resource: names.map(
              (name) => `arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/$default/POST/signed/${name}`,
            ),
          },
        ],
      ])
      expect(signedRoutes(readTemplate("callers.yml").Resources[policy]?.Properties ?? {})).toEqual(names)
    },
  )

  it("are those for grants unless the deployment says otherwise", () => {
    expect(stackFor(github)).toEqual(stackFor({ ...github, Permissions: "grants" }))
  })

  function signedRoutes(json: Json): string[] {
    return [...JSON.stringify(json).matchAll(/POST\/signed\/([\w-]+)/g)].map(([, name = ""]) => name)
  }
})

describe("the parameters", () => {
  const { Parameters = {} } = readTemplate("fragments/federated-caller.yml")

  function accepts(name: string, value: string): boolean {
    const { AllowedPattern, AllowedValues } = Parameters[name] ?? {}
    return AllowedPattern ? new RegExp(AllowedPattern).test(value) : AllowedValues?.includes(value) === true
  }

  it.each(Object.entries(platforms))("accept the values of %s", (_platform, parameters) => {
    for (const [name, value] of Object.entries(parameters)) expect(accepts(name, value), value).toBe(true)
    expect(accepts("ApiId", "a1b2c3d4e5")).toBe(true)
  })

  it.each(Object.keys(Parameters))(
    "%s refuses wildcards, policy variables, and what would change the policy's JSON",
    (name) => {
      const valid = { ...github, ApiId: "a1b2c3d4e5", CreateProvider: "true", Permissions: "grants" }
      const value = valid[name as keyof typeof valid]
      expect(accepts(name, value)).toBe(true)
      const bad = ["*", "?", "$", "{", "}", '"', "\\", "'", ",", " ", "\n", "\u0000", "\u00e6"]
      for (const character of bad) {
        expect(accepts(name, value + character), `${value}${character}`).toBe(false)
        expect(accepts(name, character + value), `${character}${value}`).toBe(false)
      }
      expect(accepts(name, "")).toBe(false)
    },
  )

  it("refuse an issuer with a scheme or a port", () => {
    expect(accepts("Issuer", "https://accounts.google.com")).toBe(false)
    expect(accepts("Issuer", "issuer.example:8443")).toBe(false)
  })
})

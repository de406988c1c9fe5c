import { expect, test } from "vitest"
import { provider, shareProvider } from "./application.ts"
import { identity, servedKeys, verified } from "./signed-tokens.ts"
import { exchangedCode } from "./token-requests.ts"

shareProvider()

test("the local provider's newer id_token has kid and x5t, numbers for times, strings for the rest", async () => {
  const issuedAt = Math.floor(Date.now() / 1000)
  const { id_token } = (await exchangedCode("Cust12020/anna", { nonce: "a nonce" })).body
  const { header, claims } = await verified(id_token)

  const [key] = (await servedKeys()).keys
  expect(Object.entries(header)).toEqual([
    ["alg", "RS256"],
    ["kid", key?.kid],
    ["x5t", key?.x5t],
    ["typ", "JWT"],
  ])
  const iat = claims.iat as number
  expect(iat - issuedAt).toBeLessThan(5)
  expect(claims).toEqual({
    sub: "anna@example.com",
    [`${identity}associateid`]: "2",
    [`${identity}identityprovider`]: "central-superid",
    [`${identity}email`]: "anna@example.com",
    [`${identity}upn`]: "anna@example.com",
    [`${identity}ctx`]: "Cust12020",
    [`${identity}is_administrator`]: "True",
    [`${identity}serial`]: "1501178584",
    [`${identity}company_name`]: "Tony's Developer Network",
    [`${identity}netserver_url`]: `${provider.url}/Cust12020/Remote/Services88/`,
    [`${identity}webapi_url`]: `${provider.url}/Cust12020/api/`,
    [`${identity}initials`]: "AB",
    [`${identity}so_primary_email_address`]: "anna@example.com",
    iat,
    nonce: "a nonce",
    nbf: iat - 60,
    exp: iat + 300,
    iss: "https://sod.superoffice.com",
    aud: provider.clientId,
  })
})

test("the local provider's older id_token has x5t only and iat as a string", async () => {
  provider.generation = "2018"
  const { id_token } = (await exchangedCode("Cust12020/tony")).body
  const { header, claims } = await verified(id_token)

  const [key] = (await servedKeys()).keys
  expect(Object.entries(header)).toEqual([
    ["typ", "JWT"],
    ["alg", "RS256"],
    ["x5t", key?.x5t],
  ])
  expect(claims.iat).toMatch(/^\d{10}$/)
  expect(claims).toMatchObject({ nbf: Number(claims.iat) - 60, exp: Number(claims.iat) + 300 })
  expect(claims).not.toHaveProperty(`${identity}company_name`)
})

test("one sample user of the local provider brings a system token", async () => {
  const { claims } = await verified((await exchangedCode("Cust26759/liv")).body.id_token)
  expect(claims[`${identity}system_token`]).toBe("Token Exchange-8k8Q7DmBgo")
})

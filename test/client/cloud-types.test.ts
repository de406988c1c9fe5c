import type { InvokeCommand, InvokeCommandOutput, Lambda, LambdaClient } from "@aws-sdk/client-lambda"
import { expect, expectTypeOf, it } from "vitest"
import type {
  AllClaims,
  AuthenticateSystemUserResponse,
  CallError,
  Client,
  ErrorCode,
  ErrorResponse,
  HealthResponse,
  InvokeCommandLike,
  InvokeOutputLike,
  LambdaClientLike,
  Result,
  RevokeTokenResponse,
  TokenResponse,
  TransportError,
  TransportErrorCode,
} from "../../client/cloud.ts"

// `tsc -p test/client`, a part of `npm run check`, is what runs these.
it("gives each call the answer of its function", () => {
  expectTypeOf<Awaited<ReturnType<Client["exchangeCode"]>>>().toEqualTypeOf<Result<TokenResponse>>()
  expectTypeOf<Awaited<ReturnType<Client["refreshToken"]>>>().toEqualTypeOf<Result<TokenResponse>>()
  expectTypeOf<Awaited<ReturnType<Client["token"]>>>().toEqualTypeOf<Result<TokenResponse>>()
  expectTypeOf<Awaited<ReturnType<Client["revokeToken"]>>>().toEqualTypeOf<Result<RevokeTokenResponse>>()
  expectTypeOf<Awaited<ReturnType<Client["health"]>>>().toEqualTypeOf<Result<HealthResponse>>()
  expectTypeOf<Awaited<ReturnType<Client["authenticateSystemUser"]>>>().toEqualTypeOf<
    Result<AuthenticateSystemUserResponse>
  >()
  expectTypeOf<TokenResponse["claims"]>().toEqualTypeOf<AllClaims>()
  expectTypeOf<AuthenticateSystemUserResponse["claims"]["sub"]>().toEqualTypeOf<string | undefined>()
  expectTypeOf<AuthenticateSystemUserResponse["claims"]["iat"]>().toEqualTypeOf<number | undefined>()
  expectTypeOf<AuthenticateSystemUserResponse["claims"]["exp"]>().toEqualTypeOf<number>()
})

it("narrows a result by ok, and an error by its code", () => {
  const codes: string[] = []
  const look = (result: Result<TokenResponse>): void => {
    expectTypeOf(result).not.toHaveProperty("value")
    if (result.ok) {
      expectTypeOf(result.value).toEqualTypeOf<TokenResponse>()
      expectTypeOf(result).not.toHaveProperty("error")
      return
    }
    expectTypeOf(result.error).toEqualTypeOf<CallError>()
    expectTypeOf(result.error.code).toEqualTypeOf<ErrorCode | TransportErrorCode>()
    expectTypeOf(result.error.retryable).toEqualTypeOf<boolean>()
    codes.push(result.error.code)
    if ("request_id" in result.error) expectTypeOf(result.error).toEqualTypeOf<ErrorResponse>()
    else expectTypeOf(result.error).toEqualTypeOf<TransportError>()
  }
  look({ ok: false, error: { code: "throttled", error_description: "", retryable: true } })
  expect(codes).toEqual(["throttled"])
})

it("asks for what the contract asks for", () => {
  expectTypeOf<Client["exchangeCode"]>().parameter(0).toHaveProperty("redirect_uri")
  expectTypeOf<{ code: string }>().not.toExtend<Parameters<Client["exchangeCode"]>[0]>()
  expectTypeOf<object>().not.toExtend<Parameters<Client["revokeToken"]>[0]>()
  expectTypeOf<{ grant_type: "password" }>().not.toExtend<Parameters<Client["token"]>[0]>()
  expectTypeOf<{ tenant: string }>().not.toExtend<Parameters<Client["authenticateSystemUser"]>[0]>()
})

it("takes both clients of the AWS SDK", () => {
  expectTypeOf<LambdaClient>().toExtend<LambdaClientLike>()
  expectTypeOf<Lambda>().toExtend<LambdaClientLike>()
  expectTypeOf<{ invoke: () => void }>().not.toExtend<LambdaClientLike>()
})

it("takes a Lambda client that is written by hand, and checks its output", () => {
  expectTypeOf<{ send: () => Promise<{ Payload: Uint8Array }> }>().toExtend<LambdaClientLike>()
  expectTypeOf<{
    send: (command: InvokeCommandLike) => Promise<InvokeOutputLike>
  }>().toExtend<LambdaClientLike>()
  expectTypeOf<{ send: () => Promise<{ Payload: string }> }>().not.toExtend<LambdaClientLike>()
  expectTypeOf<{ send: () => undefined }>().not.toExtend<LambdaClientLike>()
  expectTypeOf<{ send: (command: string) => Promise<InvokeOutputLike> }>().not.toExtend<LambdaClientLike>()
})

it("describes the AWS SDK's command and output", () => {
  expectTypeOf<InvokeCommand>().toExtend<InvokeCommandLike>()
  expectTypeOf<InvokeCommandOutput>().toExtend<InvokeOutputLike>()
})

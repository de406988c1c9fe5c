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
it("a call of a cloud client has the answer of its function, and asks for what the contract asks for", () => {
  type Answer<Name extends keyof Client> = Awaited<ReturnType<Client[Name]>>
  type Asked<Name extends keyof Client> = Parameters<Client[Name]>[0]
  expectTypeOf<Answer<"exchangeCode" | "refreshToken" | "token">>().toEqualTypeOf<Result<TokenResponse>>()
  expectTypeOf<Answer<"revokeToken">>().toEqualTypeOf<Result<RevokeTokenResponse>>()
  expectTypeOf<Answer<"health">>().toEqualTypeOf<Result<HealthResponse>>()
  expectTypeOf<Answer<"authenticateSystemUser">>().toEqualTypeOf<Result<AuthenticateSystemUserResponse>>()
  expectTypeOf<TokenResponse["claims"]>().toEqualTypeOf<AllClaims>()
  expectTypeOf<AuthenticateSystemUserResponse["claims"]["sub"]>().toEqualTypeOf<string | undefined>()
  expectTypeOf<AuthenticateSystemUserResponse["claims"]["exp"]>().toEqualTypeOf<number>()

  expectTypeOf<{ code: string }>().not.toExtend<Asked<"exchangeCode">>()
  expectTypeOf<object>().not.toExtend<Asked<"revokeToken">>()
  expectTypeOf<{ grant_type: "password" }>().not.toExtend<Asked<"token">>()
  expectTypeOf<{ tenant: string }>().not.toExtend<Asked<"authenticateSystemUser">>()
})

it("a result is narrowed by ok, and an error by its code", () => {
  const codes: string[] = []
  const look = (result: Result<TokenResponse>): void => {
    expectTypeOf(result).not.toHaveProperty("value")
    if (result.ok) {
      expectTypeOf(result.value).toEqualTypeOf<TokenResponse>()
      return
    }
    expectTypeOf(result.error).toEqualTypeOf<CallError>()
    expectTypeOf(result.error.code).toEqualTypeOf<ErrorCode | TransportErrorCode>()
    codes.push(result.error.code)
    if ("request_id" in result.error) expectTypeOf(result.error).toEqualTypeOf<ErrorResponse>()
    else expectTypeOf(result.error).toEqualTypeOf<TransportError>()
  }
  look({ ok: false, error: { code: "throttled", error_description: "", retryable: true } })
  expect(codes).toEqual(["throttled"])
})

it("overLambda takes both clients of the AWS SDK, and one that is written by hand", () => {
  interface Sends<Send> {
    send: Send
  }
  expectTypeOf<LambdaClient>().toExtend<LambdaClientLike>()
  expectTypeOf<Lambda>().toExtend<LambdaClientLike>()
  expectTypeOf<InvokeCommand>().toExtend<InvokeCommandLike>()
  expectTypeOf<InvokeCommandOutput>().toExtend<InvokeOutputLike>()
  expectTypeOf<
    Sends<(command: InvokeCommandLike) => Promise<InvokeOutputLike>>
  >().toExtend<LambdaClientLike>()
  expectTypeOf<Sends<() => Promise<{ Payload: string }>>>().not.toExtend<LambdaClientLike>()
  expectTypeOf<Sends<(command: string) => Promise<InvokeOutputLike>>>().not.toExtend<LambdaClientLike>()
  expectTypeOf<{ invoke: () => void }>().not.toExtend<LambdaClientLike>()
})

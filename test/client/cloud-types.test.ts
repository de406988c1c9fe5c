import type { InvokeCommand, InvokeCommandOutput, Lambda, LambdaClient } from "@aws-sdk/client-lambda"
import { expectTypeOf, it } from "vitest"
import type {
  AccessTokenCacheOptions,
  AllClaims,
  AuthenticateSystemUserResponse,
  CallError,
  Client,
  ErrorCode,
  ErrorResponse,
  HealthResponse,
  Include,
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

  expectTypeOf<Asked<"exchangeCode" | "refreshToken" | "token">["include"]>().toEqualTypeOf<
    readonly Include[] | undefined
  >()
  expectTypeOf<Include>().toEqualTypeOf<"tenant" | "api_token">()
  expectTypeOf<Asked<"authenticateSystemUser">["include"]>().toEqualTypeOf<readonly "tenant"[] | undefined>()
  expectTypeOf<AccessTokenCacheOptions["include"]>().toEqualTypeOf<readonly "api_token"[] | undefined>()

  expectTypeOf<{ code: string }>().not.toExtend<Asked<"exchangeCode">>()
  expectTypeOf<object>().not.toExtend<Asked<"revokeToken">>()
  expectTypeOf<{ grant_type: "password" }>().not.toExtend<Asked<"token">>()
  expectTypeOf<{ tenant: string }>().not.toExtend<Asked<"authenticateSystemUser">>()
})

it("a result is narrowed by ok, and an error by a member that only the service has", () => {
  type Failed = Extract<Result<TokenResponse>, { ok: false }>
  expectTypeOf<Result<TokenResponse>>().not.toHaveProperty("value")
  expectTypeOf<Extract<Result<TokenResponse>, { ok: true }>["value"]>().toEqualTypeOf<TokenResponse>()
  expectTypeOf<Failed["error"]>().toEqualTypeOf<CallError>()
  expectTypeOf<CallError["code"]>().toEqualTypeOf<ErrorCode | TransportErrorCode>()
  const look = (error: CallError): void => {
    if ("request_id" in error) expectTypeOf(error).toEqualTypeOf<ErrorResponse>()
    else expectTypeOf(error).toEqualTypeOf<TransportError>()
  }
  look({ code: "throttled", error_description: "", retryable: true })
})

it("overLambda takes both clients of the AWS SDK, and one that is written by hand", () => {
  interface Sends<Command, Answer> {
    send(command: Command): Promise<Answer>
  }
  expectTypeOf<LambdaClient | Lambda>().toExtend<LambdaClientLike>()
  expectTypeOf<InvokeCommand>().toExtend<InvokeCommandLike>()
  expectTypeOf<InvokeCommandOutput>().toExtend<InvokeOutputLike>()
  expectTypeOf<Sends<InvokeCommandLike, InvokeOutputLike>>().toExtend<LambdaClientLike>()
  expectTypeOf<Sends<InvokeCommandLike, { Payload: string }>>().not.toExtend<LambdaClientLike>()
  expectTypeOf<Sends<string, InvokeOutputLike>>().not.toExtend<LambdaClientLike>()
  expectTypeOf<{ invoke: () => void }>().not.toExtend<LambdaClientLike>()
})

import type { RefusalType } from "../guard.ts"

/** The error types of Secrets Manager that this endpoint gives. */
export type AwsErrorType =
  | RefusalType
  | "AccessDeniedException"
  | "InternalServiceError"
  | "InvalidParameterException"
  | "InvalidRequestException"
  | "ResourceExistsException"
  | "ResourceNotFoundException"
  | "SerializationException"
  | "ThrottlingException"
  | "UnknownOperationException"
  | "ValidationException"

/** A failure as AWS JSON 1.1 writes it: a status, and a body with `__type` and `Message`. */
export class AwsError extends Error {
  override readonly name = "AwsError"
  readonly type: AwsErrorType
  readonly status: number

  constructor(type: AwsErrorType, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

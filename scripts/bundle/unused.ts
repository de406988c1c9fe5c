// Replaces classes of the SDK that are imported but never instantiated.
export { Unused as AdaptiveRetryStrategy, Unused as Sha256Js }

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- what it stands in for is a class
class Unused {
  constructor() {
    throw new Error("this part of the AWS SDK is not in the bundle")
  }
}

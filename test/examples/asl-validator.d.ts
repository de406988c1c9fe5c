declare module "asl-validator" {
  interface Validation {
    readonly isValid: boolean
    readonly errors: readonly unknown[]
  }

  /** Checks a definition against the Amazon States Language, and adds to it what it leaves to a default. */
  export default function validate(definition: object): Validation
}

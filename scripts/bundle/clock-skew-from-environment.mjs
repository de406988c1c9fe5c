// Whether not to correct the clock's skew: from the environment, as the SDK does, but without reading profile files.
export const DEFAULT_DISABLE_CLOCK_SKEW_CORRECTION = async () =>
  process.env.AWS_DISABLE_CLOCK_SKEW_CORRECTION === "true"

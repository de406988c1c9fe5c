// Whether not to correct the clock's skew: from the environment, as the SDK does, but without reading profile files.
// eslint-disable-next-line @typescript-eslint/require-await -- the SDK calls it for a promise
export const DEFAULT_DISABLE_CLOCK_SKEW_CORRECTION = async () =>
  process.env.AWS_DISABLE_CLOCK_SKEW_CORRECTION === "true"

// Passes requests on as they are: Secrets Manager does not invoke us back, so there is no recursion to detect.
export const recursionDetectionMiddleware =
  () =>
  <Args, Output>(next: (args: Args) => Output) =>
  (args: Args) =>
    next(args)

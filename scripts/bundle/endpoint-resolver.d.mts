/** Gives Secrets Manager's endpoint for a region. */
export function defaultEndpointResolver(parameters: {
  readonly Region: string
  readonly UseFIPS: boolean
  readonly Endpoint?: string
}): { readonly url: URL }

// A table of Secrets Manager's endpoint in each partition. Replaces the rules engine that resolves the endpoints of
// any service. A test compares both for every region that the original knows.
const partitions = [
  { regions: /^cn-/, suffix: "amazonaws.com.cn" },
  { regions: /^us-iso-/, suffix: "c2s.ic.gov" },
  { regions: /^us-isob-/, suffix: "sc2s.sgov.gov" },
  { regions: /^eu-isoe-/, suffix: "cloud.adc-e.uk" },
  { regions: /^us-isof-/, suffix: "csp.hci.ic.gov" },
  { regions: /^eusc-/, suffix: "amazonaws.eu" },
  { regions: /./, suffix: "amazonaws.com" },
]

interface EndpointParameters {
  readonly Region: string
  readonly UseFIPS: boolean
  readonly Endpoint?: string
}

/** Gives Secrets Manager's endpoint for a region. */
export const defaultEndpointResolver = ({ Endpoint, Region, UseFIPS }: EndpointParameters): { url: URL } => {
  if (Endpoint) return { url: new URL(Endpoint) }
  // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- the last row takes every region
  const { suffix } = partitions.find(({ regions }) => regions.test(Region))!
  return { url: new URL(`https://secretsmanager${UseFIPS ? "-fips" : ""}.${Region}.${suffix}`) }
}

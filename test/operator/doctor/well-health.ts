import type { HealthResponse } from "../../../lib/contract.ts"

/** What `health` answers where all is well. */
export const well: HealthResponse = {
  status: "ok",
  version: "0.3.0",
  environment: "sod",
  secret: {
    age_seconds: 3,
    stale: false,
    error: null,
    version: "5c1b8c5e",
    client_id: "db18",
    problem: null,
    expires: null,
    expires_in_days: null,
    expires_problem: null,
  },
  key_set: { age_seconds: 60, stale: false, error: null, key_ids: ["sha1:38d66f"] },
  clock_skew_seconds: -1,
}

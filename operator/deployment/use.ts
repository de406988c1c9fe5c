import type { Deployment } from "./deployment.ts"

/**
 * Makes the AWS SDK of this process, and of the processes that it starts, use the deployment's region and profile. Tells on
 * stderr which AWS variables say something else.
 */
export function useDeployment({ region, profile }: Pick<Deployment, "region" | "profile">): void {
  if (region !== undefined) {
    tellOther("region", region, ["AWS_REGION", "AWS_DEFAULT_REGION"])
    process.env.AWS_REGION = region
    delete process.env.AWS_DEFAULT_REGION
  }
  if (profile !== undefined) {
    tellOther("profile", profile, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
    process.env.AWS_PROFILE = profile
    delete process.env.AWS_DEFAULT_PROFILE
    // The SDK would prefer the keys to a profile.
    if (process.env.AWS_ACCESS_KEY_ID !== undefined) {
      process.stderr.write(`Using the profile ${profile}, not the key in AWS_ACCESS_KEY_ID.\n`)
    }
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
      Reflect.deleteProperty(process.env, name)
    }
  }
}

function tellOther(what: string, used: string, names: readonly string[]): void {
  const name = names.find((one) => (process.env[one] ?? "") !== "")
  if (name === undefined || process.env[name] === used) return
  process.stderr.write(`Using the ${what} ${used}, although ${name} names another.\n`)
}

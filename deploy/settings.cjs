// The settings of a deployment: the stage's section of deployment.yml, with the command line on top. They are checked here, so
// the framework alone refuses what `npm run package` and `npm run deploy` refuse.

const { require: requireTypeScript } = require("tsx/cjs/api")

module.exports = async ({ options, resolveVariable }) => {
  const { readDeployment } = requireTypeScript("../operator/deployment/deployment.ts", __filename)
  const { serviceName, settingNames } = requireTypeScript("../operator/deployment/settings.ts", __filename)
  try {
    const { stage, region, "aws-profile": profile } = options
    if (stage == null) throw new Error("No stage is named, and none is the default: pass --stage NAME.")
    const params = await paramsOf(options, settingNames, resolveVariable)
    const { settings } = readDeployment({ stage, region, profile, params })
    return {
      ...settings,
      // Only a package without a deployment can lack a region. Its stack is the same in each.
      region: settings.region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || "eu-west-1",
      metricsNamespace: `${serviceName}/${stage}`,
    }
  } catch (error) {
    // The framework prints the stack, which says nothing about the settings.
    if (error instanceof Error) error.stack = `\n\n${error.message}\n`
    throw error
  }
}

/** Those of the command line. Serverless Framework v4 can also store some. */
async function paramsOf({ param }, names, resolveVariable) {
  const passed = param ?? []
  const stored = []
  for (const name of names) {
    const value = await resolveVariable(`param:${name}, ''`)
    if (value !== "" && !passed.some((one) => one.startsWith(`${name}=`))) stored.push(`${name}=${value}`)
  }
  return [...passed, ...stored]
}

/** How a program gets the web identity token of the platform that it runs on. The platform decides who the subject is. */

/** GitHub Actions. The job needs `permissions: id-token: write`. */
export async function fromGitHubActions(audience: string): Promise<string> {
  const url = new URL(variable("ACTIONS_ID_TOKEN_REQUEST_URL"))
  url.searchParams.set("audience", audience)
  const authorization = `Bearer ${variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")}`
  const { value } = (await (await get(url, { authorization })).json()) as { readonly value: string }
  return value
}

/** Azure Functions and App Service with a managed identity. The resource is the App ID URI of an app registration. */
export async function fromAzure(resource: string): Promise<string> {
  const url = new URL(variable("IDENTITY_ENDPOINT"))
  url.searchParams.set("api-version", "2019-08-01")
  url.searchParams.set("resource", resource)
  const response = await get(url, { "x-identity-header": variable("IDENTITY_HEADER") })
  const { access_token } = (await response.json()) as { readonly access_token: string }
  return access_token
}

/** Google Cloud (Cloud Run, Compute Engine and others), for the service account that is attached. */
export async function fromGoogleCloud(audience: string): Promise<string> {
  // Google's own libraries read this variable too.
  const { GCE_METADATA_HOST: host = "metadata.google.internal" } = process.env
  const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/identity`)
  url.searchParams.set("audience", audience)
  return await (await get(url, { "metadata-flavor": "Google" })).text()
}

async function get(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  const response = await fetch(url, { headers })
  if (!response.ok) throw new Error(`${url.host} answered ${response.status} instead of a web identity token`)
  return response
}

function variable(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`There is no web identity token, because ${name} is not set`)
  return value
}

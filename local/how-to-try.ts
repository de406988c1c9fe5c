import type { RefreshTokenDelivery } from "../lib/config.ts"
import type { Environment } from "../lib/contract.ts"
import { bold, dim, print } from "../operator/terminal.ts"
import { trustCommand } from "./certificate.ts"
import { credentialVariables } from "./credentials.ts"
import type { LocalHttpApi } from "./http-api.ts"
import { ownApiAudience, ownApiPath } from "./own-api.ts"
import type { LocalProvider } from "./provider.ts"
import { paths } from "./provider/paths.ts"
import { shellOf } from "./shell.ts"
import { signingKeysSecretId } from "./signing-keys.ts"
import { functionArn, secretId, systemUserSecretIds, type Stack } from "./stack.ts"

/** What is served, for the texts that say how to try it. */
export interface Served {
  readonly stack: Stack
  readonly environment: Environment
  readonly delivery: RefreshTokenDelivery
  /** Of the developer's own page. */
  readonly origin: string
  /** Undefined with SuperOffice itself. */
  readonly provider?: LocalProvider
  /** The API that the example page has for itself. */
  readonly ownApi?: Pick<LocalHttpApi, "url">
  /** Address of the example page. */
  readonly pageUrl?: string | undefined
  /** Path of the self-signed certificate of page and API. */
  readonly certificate?: string
}

type AddressesOf = Pick<Served, "delivery" | "origin" | "ownApi" | "pageUrl" | "certificate"> & {
  readonly stack: Pick<Stack, "url">
}

/** Prints what can be done with the stack now. Every command works as it stands. */
export function printHowToTry(served: Served): void {
  const { stack, origin, certificate } = served
  const url = asSameSite(stack.url, origin)
  const code = { code: "a-code", redirect_uri: `${origin}/callback`, code_verifier: "v".repeat(43) }
  const notice = browserNotice(served)
  print(`
${bold("Now serving")} ${url}   ${dim("Ctrl-C stops it. The functions' log follows.")}
${notice === "" ? "" : `\n${notice}\n`}
Your page on ${origin} sends requests to ${url}/exchange-code or ${url}/token:

  ${shellOf().postJson(`${url}/exchange-code`, origin, JSON.stringify(code), certificate)}
${textOfProvider(served)}${textOfOwnApi(served)}
${textForFunctions(served)}
${textForOperators(url, served)}`)
}

/** What users of some browsers have to do first, in one paragraph of plain text for terminal and page. */
export function browserNotice({
  stack,
  delivery,
  origin,
  ownApi,
  pageUrl,
  certificate,
}: AddressesOf): string {
  if (certificate === undefined) {
    if (delivery === "sealed") return ""
    return `Safari keeps no cookie of an http address, so a sign-in cannot succeed there: start with ${shellOf().npm} start -- --https.`
  }
  const addresses = new Set([asSameSite(stack.url, pageUrl ?? origin), asSameSite(stack.url, origin)])
  if (pageUrl !== undefined) addresses.add(pageUrl)
  if (ownApi) addresses.add(ownApi.url)
  return (
    `The certificate is self-signed. In Firefox and Safari, open ${[...addresses].join(" and ")}, and accept it at each ` +
    "address: until then a page's requests fail, and the browser does not say why."
  )
}

/** How the other browsers, and programs, get to trust a certificate. */
export function trustText(certificate: string): string {
  return `Chrome and Edge ask at each address, too, until you trust the certificate (${certificate}):

  ${trustCommand(certificate)}
${process.platform === "linux" ? "\n(certutil is in the package libnss3-tools of Debian and Ubuntu, nss-tools of Fedora.)\n" : ""}
curl gets it by --cacert, and Node, so doctor, by NODE_EXTRA_CA_CERTS, as in the commands above.
`
}

function textOfProvider({ provider, origin }: Served): string {
  if (!provider) return ""
  const url = provider.secureUrl ?? provider.url
  const query = new URLSearchParams({
    client_id: provider.clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: `${origin}/callback`,
  })
  return `
The provider is ${url}
The client id is ${provider.clientId}

To get a code, sign in here. The browser ends at an address that contains it, also if no page answers there:

  ${url}${paths.authorize}?${query.toString()}
`
}

function textOfOwnApi({ ownApi, stack: { issuer } }: Served): string {
  if (!ownApi) return ""
  return `
For an API of your own, pages ask with "include": ["api_token"] for a token of the issuer ${issuer}
and the audience ${ownApiAudience}. The example page's API takes it: ${ownApi.url}${ownApiPath}
`
}

function textForFunctions({ stack, certificate, provider }: Served): string {
  const shell = shellOf()
  const { credentials, secretsManager, cloudFormation, lambda } = stack
  const endpoints = {
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    // For `npm run consent`, as the functions have it.
    ...(provider && { LOCAL_PROVIDER_URL: provider.secureUrl ?? provider.url }),
    ...(certificate !== undefined && { NODE_EXTRA_CA_CERTS: certificate }),
  }
  const form = "grant_type=refresh_token&refresh_token=a-refresh-token"
  const signed = shell.postSigned(`${stack.url}/signed/token`, credentials.region, form, certificate)
  return `The routes under /signed and the local Lambda, Secrets Manager and CloudFormation answer only requests that are signed
with the key of this run. A shell with these variables can send them:

  ${shell.remove("AWS_PROFILE", "AWS_SESSION_TOKEN")}
  ${shell.set(credentialVariables(credentials))}
  ${shell.set(endpoints)}

A cloud function invokes the functions with the AWS SDK, or signs its requests with IAM, and gets refresh tokens:

  ${signed}
${provider ? textForExamples(stack, certificate) : ""}`
}

/** What the documents' examples read, and the commands that run them in the tenant that has a system token. */
function textForExamples({ credentials }: Stack, certificate: string | undefined): string {
  const shell = shellOf()
  const variables = {
    EXCHANGE_CODE_ARN: functionArn("exchange-code", credentials),
    AUTHENTICATE_SYSTEM_USER_ARN: functionArn("authenticate-system-user", credentials),
    STAGE: "local",
    APP_TOKEN_SECRET_ID: systemUserSecretIds.appToken,
    AWS_DEFAULT_REGION: credentials.region,
    // Python's NODE_EXTRA_CA_CERTS.
    ...(certificate !== undefined && { SSL_CERT_FILE: certificate }),
  }
  const program =
    "import { handler } from './examples/nightly-job.ts'; console.log(await handler({ tenant: 'Cust26759' }))"
  return `
The examples of docs/cloud-functions.md invoke them directly, here a job that works as the system user of Cust26759:

  ${shell.set(variables)}
  node --import tsx --input-type=module -e "${program}"
  python3 examples/nightly_job.py Cust26759
`
}

function textForOperators(url: string, { origin, environment, delivery, provider, ownApi }: Served): string {
  const { npm } = shellOf()
  const settings = {
    environment,
    clientSecretId: secretId,
    ...(provider && {
      privateKeySecretId: systemUserSecretIds.privateKey,
      appTokenSecretId: systemUserSecretIds.appToken,
    }),
    allowedOrigins: origin,
    refreshTokenDelivery: delivery,
    ...(ownApi && { apiTokenAudience: ownApiAudience, apiTokenKeysSecretId: signingKeysSecretId }),
  }
  const lines = Object.entries(settings).map(([name, value]) => `    ${name}: ${value}\n`)
  return `Commands for operators (docs/operations.md):

  ${npm} run doctor -- --url ${url} --origin ${origin}
  ${npm} run secret -- status --secret-id ${secretId}

The same with --stage local in place of these options, if deployment.yml has this section:

  local:
${lines.join("")}${provider ? textForConsent(npm) : ""}`
}

function textForConsent(npm: string): string {
  return `
With that section too, the first consent of a tenant, in which liv@example.com has a system token:

  ${npm} run consent -- --stage local --tenant Cust26759
`
}

/** Uses the page's loopback name, because to a browser localhost and 127.0.0.1 are different sites. */
function asSameSite(url: string, origin: string): string {
  const { hostname } = new URL(origin)
  return ["localhost", "127.0.0.1"].includes(hostname) ? url.replace("127.0.0.1", hostname) : url
}

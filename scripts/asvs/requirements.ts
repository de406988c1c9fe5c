/** A requirement of OWASP ASVS 5.0.0 that applies to this service. */
export interface Requirement {
  readonly level: 1 | 2 | 3
  /** What it asks for, in our words. */
  readonly asks: string
  /** Evidence beside the rules of docs/conformance.md that name the requirement: Markdown, with links as from docs/. */
  readonly also?: string
}

const test = (path: string, ...titles: readonly string[]): string =>
  `[${path}](../test/${path}.test.ts) ${titles.map((title) => `\`${title}\``).join(", ")}`

const onlyBundles = test(
  "deployment/artifact",
  "ships each bundle with its licences, and nothing else: its source map stays at home",
)

/** Those with evidence, by number. A rule of docs/conformance.md may name only these. */
export const requirements: Readonly<Record<string, Requirement>> = {
  "1.2.1": { level: 1, asks: "Output is encoded for the place that it goes to." },
  "2.1.1": {
    level: 1,
    asks: "The rules for input are documented.",
    also: "[openapi.json](openapi.json): every field with its pattern and limit",
  },
  "2.2.1": { level: 1, asks: "Input is compared with what is expected." },
  "2.2.2": { level: 1, asks: "Input is checked where the caller cannot skip it." },
  "2.3.1": { level: 1, asks: "The steps of a flow come in order, for one user." },
  "2.4.1": {
    level: 2,
    asks: "Excessive calls are limited.",
    also: `${test("deployment/gateway", "throttles every route")}; ${test(
      "lib/adapters/cache",
      "is limited to three reads; beyond that the cached value is given",
    )}`,
  },
  "3.2.1": { level: 1, asks: "A browser does not render an answer of the API as a page." },
  "3.3.1": { level: 1, asks: "Cookies are `Secure`, and their names have a prefix." },
  "3.3.2": { level: 2, asks: "`SameSite` is set for the purpose of each cookie." },
  "3.3.3": { level: 2, asks: "Names of cookies begin with `__Host-`." },
  "3.3.4": { level: 2, asks: "A session's cookie is `HttpOnly`, and nothing else carries its value." },
  "3.3.5": { level: 3, asks: "Name and value of a cookie have 4096 bytes at most." },
  "3.4.1": { level: 1, asks: "HSTS for a year at least, with sub-domains." },
  "3.4.2": { level: 1, asks: "CORS names only origins of a list." },
  "3.4.3": { level: 2, asks: "A Content Security Policy on every answer." },
  "3.4.4": { level: 2, asks: "`X-Content-Type-Options: nosniff`." },
  "3.4.5": { level: 2, asks: "A `Referrer-Policy`." },
  "3.4.6": { level: 2, asks: "`frame-ancestors` on every answer." },
  "3.5.1": { level: 1, asks: "A request that needs no preflight is checked for where it comes from." },
  "3.5.2": { level: 1, asks: "What relies on the preflight cannot be called without one." },
  "3.5.3": { level: 1, asks: "Sensitive functions do not answer to safe methods." },
  "3.5.5": {
    level: 2,
    asks: "Messages of other origins, and malformed ones, are ignored.",
    also: test("client/browser/pop-up", "ignores a message %s"),
  },
  "3.7.2": { level: 2, asks: "No redirect to an address that is not on a list." },
  "4.1.1": { level: 1, asks: "The `Content-Type` of an answer is right, with its charset." },
  "4.1.2": { level: 2, asks: "The API does not redirect from HTTP to HTTPS." },
  "4.1.3": { level: 2, asks: "A caller cannot set what an intermediary sets." },
  "4.1.4": { level: 3, asks: "Only the methods that are needed." },
  "7.1.1": {
    level: 2,
    asks: "How long a session lasts is documented.",
    also: "[Settings](settings.md#of-the-functions): `SESSION_MAX_AGE_SECONDS`",
  },
  "7.1.2": {
    level: 2,
    asks: "How many sessions a user may have at once is documented.",
    also: "[Several tenants](browser.md#several-tenants-in-one-browser)",
  },
  "7.2.1": { level: 1, asks: "Sessions are verified by the backend." },
  "7.2.2": { level: 1, asks: "A session is made for its sign-in, and is no static key." },
  "7.2.4": {
    level: 1,
    asks: "A sign-in makes a new session and ends the one before.",
    also: test(
      "browser-door/session",
      "a sign-in takes the place of the session before it, of its own origin only",
    ),
  },
  "7.3.2": { level: 2, asks: "A session has an absolute end." },
  "7.4.1": { level: 1, asks: "Signing out ends the session." },
  "7.4.5": {
    level: 2,
    asks: "An administrator can end sessions.",
    also: test(
      "operator/rotation",
      "every session is ended in one step, also one that refreshes meanwhile; new ones go on",
    ),
  },
  "8.2.1": {
    level: 1,
    asks: "A function serves only callers that are allowed to call it.",
    also: test("deployment/callers", "leave out no function that other cloud functions may call"),
  },
  "8.2.2": {
    level: 1,
    asks: "A caller reaches only what it has a right to.",
    also: test("browser-door/session", "a session of another listed origin does not open"),
  },
  "8.2.3": {
    level: 2,
    asks: "A caller gets only the members that it may have.",
    also: test(
      "journeys/exchange",
      "gives a page its tokens and claims, and no refresh token",
      "withholds from a page an ID Token with a system token, and hands it to a cloud function",
    ),
  },
  "8.3.1": { level: 1, asks: "What is allowed is decided where the caller cannot change it." },
  "8.4.1": { level: 2, asks: "No request reaches another tenant." },
  "9.1.1": { level: 1, asks: "The signature of a token is verified before its content counts." },
  "9.1.2": { level: 1, asks: "Algorithms come from a list without `none`." },
  "9.1.3": { level: 1, asks: "Keys come from a configured source." },
  "9.2.1": { level: 1, asks: "A token counts only within its time." },
  "9.2.2": { level: 2, asks: "A token is of the kind that is expected." },
  "9.2.3": { level: 2, asks: "A token is for this audience." },
  "9.2.4": { level: 2, asks: "A token that we issue names its audience." },
  "10.1.2": { level: 2, asks: "Code and ID Token belong to a flow that the same browser began." },
  "10.2.1": { level: 2, asks: "The code flow is protected against forged requests." },
  "10.2.2": { level: 2, asks: "Authorization servers cannot be mixed up." },
  "10.4.6": { level: 2, asks: "PKCE with S256 (the client's side of it)." },
  "10.4.10": { level: 2, asks: "A confidential client authenticates itself (the client's side of it)." },
  "10.5.1": { level: 2, asks: "An ID Token cannot be replayed." },
  "10.5.2": { level: 2, asks: "A user is identified by claims that are not given to others." },
  "10.5.3": { level: 2, asks: "No metadata makes another issuer out of the configured one." },
  "10.5.4": { level: 2, asks: "`aud` is the client id." },
  "11.2.1": {
    level: 2,
    asks: "Cryptography comes from proven implementations.",
    also: "jose over Node.js's OpenSSL: [the decision](decisions/id-token-rules.md)",
  },
  "11.2.2": { level: 2, asks: "Keys can be replaced at any time." },
  "11.3.1": { level: 1, asks: "No weak modes and no weak padding for encryption." },
  "11.3.2": { level: 1, asks: "Approved ciphers and modes only (A256GCM)." },
  "11.3.3": { level: 2, asks: "What is encrypted is authenticated, too." },
  "11.4.1": {
    level: 1,
    asks: "Approved hash functions only.",
    also: "[short-hash.ts](../lib/short-hash.ts): SHA-256. SHA-1 only names SuperOffice's keys (`x5t`)",
  },
  "11.5.1": { level: 2, asks: "Random values have 128 bits at least, from a secure generator." },
  "11.6.1": { level: 2, asks: "Approved signatures and sound keys only." },
  "12.1.1": {
    level: 1,
    asks: "TLS 1.2 or newer.",
    also: test("deployment/gateway", "is the only address, and has a record where its zone is given"),
  },
  "12.2.1": {
    level: 1,
    asks: "Callers reach the service over TLS alone.",
    also: "API Gateway serves https alone; [domain.yml](../deploy/domain.yml)",
  },
  "12.2.2": {
    level: 1,
    asks: "The service's certificate is one that everybody trusts.",
    also: "[a certificate of ACM](recipes.md#a-certificate), or Amazon's own",
  },
  "12.3.1": { level: 2, asks: "Every connection is encrypted, without a fallback." },
  "12.3.2": {
    level: 2,
    asks: "Certificates of servers are verified.",
    also: test(
      "lib/adapters/superoffice",
      "must be signed by somebody we trust, or nothing is sent",
      "must be for this host, or nothing is sent",
    ),
  },
  "13.1.1": {
    level: 2,
    asks: "What the service connects to is documented.",
    also: "[endpoints.ts](../lib/endpoints.ts), and Secrets Manager ([settings](settings.md#of-the-functions))",
  },
  "13.1.3": { level: 3, asks: "Time-outs and retries are documented and short." },
  "13.1.4": { level: 3, asks: "Which secrets there are and when they are rotated is documented." },
  "13.2.1": { level: 2, asks: "Backends authenticate to each other with credentials that end." },
  "13.2.2": {
    level: 2,
    asks: "Backends have the least rights.",
    also: test("deployment/roles", "are not shared"),
  },
  "13.2.4": { level: 2, asks: "Outbound connections go to a list of hosts." },
  "13.3.1": { level: 2, asks: "Secrets stand in a vault, in no code and no archive." },
  "13.3.2": { level: 2, asks: "Who reads a secret needs it." },
  "13.3.4": { level: 3, asks: "Secrets are rotated as documented." },
  "13.4.1": { level: 1, asks: "No source control data is deployed.", also: onlyBundles },
  "13.4.2": {
    level: 2,
    asks: "Nothing for development is on in production.",
    also: test(
      "deployment/functions",
      "get their settings, the secret's name and never a secret, and nothing for development",
    ),
  },
  "13.4.5": {
    level: 2,
    asks: "Monitoring is not open to everybody.",
    also: test("lib/operations/health", "has no door for a page"),
  },
  "14.1.1": {
    level: 2,
    asks: "Sensitive data is identified.",
    also: "[What is protected](../SECURITY.md#what-is-protected-and-from-whom)",
  },
  "14.2.1": { level: 1, asks: "Nothing sensitive stands in a URL." },
  "14.2.2": { level: 2, asks: "Nothing sensitive stays in caches of the server." },
  "14.3.1": {
    level: 1,
    asks: "The page forgets its data when the session ends.",
    also: test("client/browser/tenants", "revokes the session and forgets tokens, tenant and user: %s"),
  },
  "14.3.2": { level: 2, asks: "Browsers do not cache sensitive answers." },
  "14.3.3": {
    level: 2,
    asks: "The browser's storage holds no sensitive data but a session.",
    also: test(
      "client/browser/tenants",
      "stores the name of the tenant, and neither a user nor an access token: %s",
    ),
  },
  "15.1.2": { level: 2, asks: "A bill of materials of third-party packages.", also: "`npm run sbom`" },
  "15.2.1": { level: 1, asks: "No known fault stays longer than documented.", also: "`npm run audit`" },
  "15.2.2": {
    level: 2,
    asks: "Costly work cannot exhaust the service.",
    also: "[linear-time](../test/proof/linear-time.test.ts), [trust.md](trust.md#bad-input-npm-run-fuzz)",
  },
  "15.2.3": { level: 2, asks: "Nothing is deployed that production does not need.", also: onlyBundles },
  "15.2.4": { level: 3, asks: "Packages come from the expected place." },
  "15.3.1": { level: 1, asks: "Answers have only the members that are needed." },
  "15.3.2": { level: 2, asks: "Outbound requests follow no redirect." },
  "15.3.3": { level: 2, asks: "A request sets only the fields that it may." },
  "15.3.6": { level: 2, asks: "No prototype pollution." },
  "15.3.7": { level: 2, asks: "No parameter pollution." },
  "16.1.1": {
    level: 2,
    asks: "An inventory says what is logged, where and for how long.",
    also: "[Reading the log](operations.md#reading-the-log)",
  },
  "16.2.1": {
    level: 2,
    asks: "A log line says when, where, who and what.",
    also: `${test("lib/request/log", "says who was served, where and how long it took")}; ${test(
      "deployment/gateway",
      "says when, from where, by whom and how each request ended, and joins it to the function's line",
    )}`,
  },
  "16.2.2": {
    level: 2,
    asks: "Times in logs have a zone.",
    also: test("lib/request/log", "says who was served, where and how long it took"),
  },
  "16.2.4": {
    level: 2,
    asks: "Logs can be read and joined by the log processor.",
    also: test(
      "deployment/queries",
      "use only members that a line of either log has, and what Logs Insights adds or the query itself",
    ),
  },
  "16.2.5": { level: 2, asks: "Credentials are never logged." },
  "16.3.1": {
    level: 2,
    asks: "Sign-ins are logged, successful or not.",
    also: test(
      "lib/request/log",
      "says its code and the operator's sentence",
      "says what happened on the way",
    ),
  },
  "16.3.2": {
    level: 2,
    asks: "Refused requests are logged.",
    also: test("deployment/queries", "count as refused what is the caller's to mend"),
  },
  "16.3.4": {
    level: 2,
    asks: "Unexpected errors are logged.",
    also: test("lib/request/handler", "is in the log by name and place"),
  },
  "16.4.1": {
    level: 2,
    asks: "Nobody can write a line into a log.",
    also: test("lib/request/log", "is one line"),
  },
  "16.5.1": { level: 2, asks: "Errors say nothing of the inside." },
  "16.5.2": {
    level: 2,
    asks: "The service stays safe while others are down.",
    also: test(
      "lib/adapters/cache",
      "does not reach callers while the stale value may be used, and they are told that it is stale",
    ),
  },
  "16.5.3": { level: 2, asks: "A failure refuses, and never lets through." },
}

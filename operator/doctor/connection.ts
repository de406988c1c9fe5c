/** Why no HTTP answer came from a server. */
export interface ConnectionFailure {
  /** The failures that a domain that is being set up explains; undefined for all others. */
  readonly kind: "name unknown" | "certificate of another name" | undefined
  readonly finding: string
  readonly fix: string
}

/** Connects to a URL to learn what keeps requests from it. Undefined if it answers, with any status. */
export async function findConnectionFailure(
  url: string,
  timeoutMs = 10_000,
): Promise<ConnectionFailure | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    await fetch(url, { method: "HEAD", redirect: "manual", signal })
    return undefined
  } catch (error) {
    return connectionFailureOf(error, new URL(url).host)
  }
}

/** Explains an error of `fetch` or of the AWS SDK by its code. Never quotes its message, which a server can write. */
export function connectionFailureOf(error: unknown, host: string): ConnectionFailure {
  const code = codeOf(error)
  const { kind, finding, fix } = causes.find(({ codes }) => codes.test(code)) ?? otherCause
  return { kind, finding: finding.replace("HOST", () => host).replace("CODE", code || "unknown"), fix }
}

interface Cause extends Partial<ConnectionFailure> {
  readonly codes: RegExp
  /** With HOST, and CODE where it tells more. */
  readonly finding: string
  readonly fix: string
}

/** Node's codes (`dns`, `errors`), OpenSSL's (`X509_V_ERR_…` without the prefix) and undici's. */
const causes: readonly Cause[] = [
  {
    codes: /^ENOTFOUND$/,
    kind: "name unknown",
    finding: "DNS has no record for HOST",
    fix: "check the address for a typing mistake; a new record can take some minutes to be seen",
  },
  {
    codes: /^EAI_/,
    finding: "DNS did not answer for HOST",
    fix: "check this machine's network and its DNS server",
  },
  {
    codes: /^ECONNREFUSED$/,
    finding: "HOST refuses connections",
    fix: "check host and port; for the local stack, see whether npm start is running, and on which port",
  },
  {
    codes: /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/,
    finding: "HOST closed the connection without an answer",
    fix: "check whether the port is that of the API, and whether a proxy or a firewall on the way ends such connections",
  },
  {
    codes: /^(EHOST|ENET)/,
    finding: "there is no route to HOST",
    fix: "check this machine's network or VPN",
  },
  {
    codes: /^(ETIMEDOUT|TimeoutError|UND_ERR_\w+_TIMEOUT)$/,
    finding: "HOST did not answer in time",
    fix: "check whether the address is that of the API, and whether a firewall drops the connection",
  },
  {
    codes: /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    finding: "the certificate of HOST is self-signed, so it is not trusted",
    fix: "for npm start -- --https, set NODE_EXTRA_CA_CERTS=.certificate/certificate.pem; a deployment needs a certificate that browsers trust, e.g. of ACM",
  },
  {
    codes:
      /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    finding: "the certificate of HOST is of an issuer that this machine does not trust",
    fix: "for a CA of your own, or a proxy that opens TLS, set NODE_EXTRA_CA_CERTS to the PEM file of its root certificate; else the server has to send its issuer's certificate too",
  },
  {
    codes: /^CERT_HAS_EXPIRED$/,
    finding: "the certificate of HOST has expired",
    fix: "renew it (ACM does, while the DNS record that validates it exists), or correct this machine's clock",
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    finding: "the certificate of HOST is not valid yet",
    fix: "correct this machine's clock, or wait until it is",
  },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    kind: "certificate of another name",
    finding: "the certificate that HOST sent is of another name",
    fix: "check the address: its host must be a name that the certificate lists",
  },
  {
    codes: /CERT|^CRL_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/,
    finding: "the certificate of HOST is not trusted (CODE)",
    fix: "replace it by one that browsers trust, e.g. of ACM",
  },
  {
    codes: /^(EPROTO|ERR_SSL_)/,
    finding: "HOST does not speak TLS as this machine does",
    fix: "check scheme and port: https: needs a port that has a certificate",
  },
  {
    codes: /^(HPE_|UND_ERR_HEADERS_OVERFLOW$)/,
    finding: "HOST answers, but not with HTTP that can be read",
    fix: "check host and port: something else than the API answers there",
  },
]

const otherCause: Omit<Cause, "codes"> = {
  finding: "the connection to HOST failed (CODE)",
  fix: "check the address, and whether this machine reaches it",
}

/** The code of the error or of what caused it. The name of an `AbortSignal`'s time-out stands for a code. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ""
  const { code, name, cause } = error as NodeJS.ErrnoException
  if (typeof code === "string" && /^\w{1,64}$/.test(code)) return code
  return name === "TimeoutError" ? name : codeOf(cause)
}

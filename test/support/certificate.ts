import { makeCertificate, type Certificate } from "../../harness/certificate.ts"

export type { Certificate as ServerCertificate }

/** A self-signed certificate for a host name or, unless given, for 127.0.0.1. */
export function createCertificate(hostName = "127.0.0.1"): Certificate {
  return makeCertificate([hostName])
}

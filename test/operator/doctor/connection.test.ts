import { afterEach, describe, expect, it } from "vitest"
import { makeCertificate, type Certificate } from "../../../local/certificate.ts"
import { connectionFailureOf, findConnectionFailure } from "../../../operator/doctor/connection.ts"
import {
  closedUrl,
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from "../../support/scripted-server.ts"

const yearMs = 366 * 86_400_000
const servers: ScriptedServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function serverThat(script: Script): Promise<string> {
  const server = await startScriptedServer(script)
  servers.push(server)
  return server.url
}

async function serverWith(certificate: Certificate): Promise<string> {
  return await serverThat({ certificate })
}

describe("what keeps requests from a server is told:", () => {
  it("nothing, when it answers, with whatever status", async () => {
    const url = await serverThat({
      onRequest: (socket) => socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
    })
    expect(await findConnectionFailure(url)).toBeUndefined()
  })

  it.each([
    ["that is self-signed", "is self-signed, so it is not trusted", makeCertificate(["127.0.0.1"])],
    ["that has expired", "has expired", makeCertificate(["127.0.0.1"], new Date(Date.now() - 2 * yearMs))],
    [
      "that is not valid yet",
      "is not valid yet",
      makeCertificate(["127.0.0.1"], new Date(Date.now() + yearMs)),
    ],
  ])("a certificate %s", async (_what, said, certificate) => {
    const url = await serverWith(certificate)
    const { host } = new URL(url)
    expect(await findConnectionFailure(url)).toMatchObject({
      kind: undefined,
      finding: `the certificate of ${host} ${said}`,
    })
  })

  it("a name that DNS does not know", async () => {
    expect(await findConnectionFailure("https://login.example.invalid")).toMatchObject({
      kind: "name unknown",
      finding: "DNS has no record for login.example.invalid",
    })
  })

  it.each(["127.0.0.1", "localhost"])("a port of %s on which nothing listens", async (host) => {
    const url = (await closedUrl()).replace("127.0.0.1", host)
    expect(await findConnectionFailure(url)).toMatchObject({
      finding: `${new URL(url).host} refuses connections`,
    })
  })

  it("a server that hangs up, with and without TLS", async () => {
    const url = await serverThat({ onConnection: (socket) => socket.destroy() })
    const { host } = new URL(url)
    for (const address of [url, url.replace("http:", "https:")]) {
      expect(await findConnectionFailure(address)).toMatchObject({
        finding: `${host} closed the connection without an answer`,
      })
    }
  })

  it("a server that speaks no TLS, and one that speaks no HTTP", async () => {
    const url = await serverThat({
      onConnection: (socket) => socket.end("220 mail.example.com ESMTP\r\n\r\n"),
    })
    const { host } = new URL(url)
    expect(await findConnectionFailure(url.replace("http:", "https:"))).toMatchObject({
      finding: `${host} does not speak TLS as this machine does`,
    })
    expect(await findConnectionFailure(url)).toMatchObject({
      finding: `${host} answers, but not with HTTP that can be read`,
    })
  })

  it("a server that accepts the connection and says nothing", async () => {
    const url = await serverThat({ onRequest: () => undefined })
    expect(await findConnectionFailure(url, 300)).toMatchObject({
      finding: `${new URL(url).host} did not answer in time`,
    })
  })

  it("headers without end", async () => {
    const url = await serverThat({
      onRequest: (socket) => socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${"a".repeat(100_000)}`),
    })
    expect(await findConnectionFailure(url)).toMatchObject({
      finding: `${new URL(url).host} answers, but not with HTTP that can be read`,
    })
  })
})

describe("the error of a connection is explained by its code:", () => {
  it.each([
    [
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "is of an issuer that this machine does not trust",
      "NODE_EXTRA_CA_CERTS",
    ],
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "is of an issuer that this machine does not trust",
      "its issuer's certificate",
    ],
    ["SELF_SIGNED_CERT_IN_CHAIN", "is of an issuer that this machine does not trust", "NODE_EXTRA_CA_CERTS"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "is of another name", "a name that the certificate lists"],
    ["CERT_REVOKED", "is not trusted (CERT_REVOKED)", "browsers trust"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "is self-signed", "NODE_EXTRA_CA_CERTS=.certificate/certificate.pem"],
    ["EAI_AGAIN", "DNS did not answer for a.example", "DNS server"],
    ["ENETUNREACH", "there is no route to a.example", "VPN"],
    ["UND_ERR_CONNECT_TIMEOUT", "a.example did not answer in time", "firewall"],
    ["ETIMEDOUT", "a.example did not answer in time", "firewall"],
    ["EWHATEVER", "the connection to a.example failed (EWHATEVER)", "check the address"],
  ])("%s", (code, said, advice) => {
    const error = new TypeError("fetch failed", {
      cause: Object.assign(new Error("as OpenSSL says it"), { code }),
    })
    const { finding, fix } = connectionFailureOf(error, "a.example")
    expect(finding).toContain(said)
    expect(finding).toContain("a.example")
    expect(fix).toContain(advice)
  })

  it("a time-out of AbortSignal", () => {
    const error = new DOMException("The operation was aborted due to timeout", "TimeoutError")
    expect(connectionFailureOf(error, "a.example").finding).toBe("a.example did not answer in time")
  })

  it.each([
    [new Error("secret \x1b[31m")],
    ["a text"],
    [undefined],
    [Object.assign(new Error(), { code: "\x1b[31m" })],
  ])("none, and no message is quoted: case %#", (error) => {
    expect(connectionFailureOf(error, "a.example").finding).toBe(
      "the connection to a.example failed (unknown)",
    )
  })
})

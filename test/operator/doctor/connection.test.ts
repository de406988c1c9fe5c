import { describe, expect, it, onTestFinished } from "vitest"
import { makeCertificate } from "../../../harness/certificate.ts"
import { connectionFailureOf, findConnectionFailure } from "../../../operator/doctor/connection.ts"
import { closedUrl, startScriptedServer, type Script } from "../../support/scripted-server.ts"

const yearMs = 366 * 86_400_000

async function serverThat(script: Script): Promise<string> {
  const server = await startScriptedServer(script)
  onTestFinished(() => server.close())
  return server.url
}

describe("doctor tells what keeps requests from a server:", () => {
  it("nothing, when it answers, with whatever status", async () => {
    const url = await serverThat({
      onRequest: (socket) => socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
    })
    expect(await findConnectionFailure(url)).toBeUndefined()
  })

  it.each([
    ["self-signed", 0, "is self-signed, so it is not trusted"],
    ["expired", -2 * yearMs, "has expired"],
    ["not valid yet", yearMs, "is not valid yet"],
  ])("a certificate that is %s", async (_what, madeIn, said) => {
    const certificate = makeCertificate(["127.0.0.1"], new Date(Date.now() + madeIn))
    const url = await serverThat({ certificate })
    const finding = `the certificate of ${new URL(url).host} ${said}`
    expect(await findConnectionFailure(url)).toMatchObject({ kind: undefined, finding })
  })

  it("a name that DNS does not know", async () => {
    expect(await findConnectionFailure("https://login.example.invalid")).toMatchObject({
      kind: "name unknown",
      finding: "DNS has no record for login.example.invalid",
    })
  })

  const refuses = "refuses connections"
  const isNoHttp = "answers, but not with HTTP that can be read"
  const silent: Script = { onRequest: () => undefined }
  const hangsUp: Script = { onConnection: (socket) => socket.destroy() }
  const mail: Script = { onConnection: (socket) => socket.end("220 mail.example.com ESMTP\r\n\r\n") }
  const long: Script = {
    onRequest: (socket) => socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${"a".repeat(100_000)}`),
  }
  it.each<[string, Script | undefined, string, string]>([
    ["a port on which nothing listens", undefined, "http://127.0.0.1", refuses],
    ["a port of localhost on which nothing listens", undefined, "http://localhost", refuses],
    ["a server that hangs up", hangsUp, "https://127.0.0.1", "closed the connection without an answer"],
    ["a server without TLS", mail, "https://127.0.0.1", "does not speak TLS as this machine does"],
    ["a server without HTTP", mail, "http://127.0.0.1", isNoHttp],
    ["headers without end", long, "http://127.0.0.1", isNoHttp],
    ["a server that says nothing", silent, "http://127.0.0.1", "did not answer in time"],
  ])("%s", async (_what, script, start, said) => {
    const { port } = new URL(script ? await serverThat(script) : await closedUrl())
    const finding = `${start.replace(/^.*:\/\//, "")}:${port} ${said}`
    expect(await findConnectionFailure(`${start}:${port}`, 300)).toMatchObject({ finding })
  })
})

describe("the error of a connection", () => {
  const untrusted = "is of an issuer that this machine does not trust"
  it.each([
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", untrusted, "NODE_EXTRA_CA_CERTS"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", untrusted, "its issuer's certificate"],
    ["SELF_SIGNED_CERT_IN_CHAIN", untrusted, "NODE_EXTRA_CA_CERTS"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "is of another name", "a name that the certificate lists"],
    ["CERT_REVOKED", "is not trusted (CERT_REVOKED)", "browsers trust"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "is self-signed", "NODE_EXTRA_CA_CERTS=.certificate/certificate.pem"],
    ["EAI_AGAIN", "DNS did not answer for a.example", "DNS server"],
    ["ENETUNREACH", "there is no route to a.example", "VPN"],
    ["UND_ERR_CONNECT_TIMEOUT", "a.example did not answer in time", "firewall"],
    ["EWHATEVER", "the connection to a.example failed (EWHATEVER)", "check the address"],
  ])("%s is explained", (code, said, advice) => {
    const cause = Object.assign(new Error("as OpenSSL says it"), { code })
    const { finding, fix } = connectionFailureOf(new TypeError("fetch failed", { cause }), "a.example")
    expect(finding).toContain(said)
    expect(finding).toContain("a.example")
    expect(fix).toContain(advice)
  })

  const ofHostileCode = Object.assign(new Error(), { code: "\x1b[31m" })
  it.each([[new Error("secret \x1b[31m")], ["a text"], [undefined], [ofHostileCode]])(
    "without a code is not quoted: case %#",
    (error) => {
      const { finding } = connectionFailureOf(error, "a.example")
      expect(finding).toBe("the connection to a.example failed (unknown)")
    },
  )
})

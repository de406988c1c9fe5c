import { createPrivateKey, X509Certificate } from "node:crypto"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { createServer, get } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { TLSSocket } from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadOrMakeCertificate, makeCertificate, trustCommand } from "../../local/certificate.ts"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { lacksFileModes } from "../support/windows.ts"

const hostNames = ["localhost", "127.0.0.1"]
const day = 86_400_000
const now = new Date("2026-11-23T10:20:30Z")

describe("a certificate made for localhost and 127.0.0.1", () => {
  const made = makeCertificate(hostNames, now)
  const certificate = new X509Certificate(made.cert)

  it("names both", () => {
    expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1")
  })

  it("belongs to the key beside it and is signed with it", () => {
    expect(certificate.checkPrivateKey(createPrivateKey(made.key))).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
  })

  it("authenticates servers and cannot sign other certificates", () => {
    expect(certificate.ca).toBe(false)
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"])
  })

  it("is good from yesterday, for other clocks' sake, and for a year", () => {
    expect(new Date(certificate.validFrom)).toEqual(new Date(now.getTime() - day))
    expect(new Date(certificate.validTo)).toEqual(new Date(now.getTime() + 365 * day))
  })

  it("is another one each time", () => {
    const other = new X509Certificate(makeCertificate(hostNames, now).cert)
    expect(other.serialNumber).not.toBe(certificate.serialNumber)
    expect(other.fingerprint256).not.toBe(certificate.fingerprint256)
  })
})

it("passes a TLS client that trusts it, and no other", async () => {
  const made = makeCertificate(hostNames)
  const server = createServer(made, (_request, response) => response.end())
  const { port } = new URL(await listenOnLoopback(server))
  const authorized = (ca?: string) =>
    new Promise<boolean>((resolve, reject) => {
      const options = { host: "127.0.0.1", port, ca, agent: false }
      get(options, (response) => {
        resolve(response.socket instanceof TLSSocket && response.socket.authorized)
      }).on("error", reject)
    })
  try {
    expect(await authorized(made.cert)).toBe(true)
    await expect(authorized()).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" })
  } finally {
    await closeServer(server)
  }
})

describe("a certificate that is kept", () => {
  let root: string
  let folder: string
  let count = 0

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "certificate-"))
  })
  afterAll(() => rm(root, { recursive: true }))

  const keep = async (names = hostNames, at = now) => (await loadOrMakeCertificate(folder, names, at)).cert
  const keepAnew = async () => {
    folder = join(root, `${(count += 1)}`, "nested")
    return await keep()
  }

  it("is the same the next time", async () => {
    const first = await keepAnew()
    expect(await keep()).toBe(first)
    expect(await readFile(join(folder, "certificate.pem"), "utf8")).toBe(first)
  })

  it.skipIf(lacksFileModes)("has a key that only its owner can read", async () => {
    await keepAnew()
    expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o600)
  })

  it("is replaced in its last week", async () => {
    const first = await keepAnew()
    expect(await keep(hostNames, new Date(now.getTime() + 357 * day))).toBe(first)
    expect(await keep(hostNames, new Date(now.getTime() + 359 * day))).not.toBe(first)
  })

  it("is replaced when it lacks a name", async () => {
    const first = await keepAnew()
    expect(await keep(["localhost"])).toBe(first)
    expect(await keep([...hostNames, "app.localhost"])).not.toBe(first)
  })

  it("is replaced when the key is another's or the file is damaged", async () => {
    const first = await keepAnew()
    await writeFile(join(folder, "key.pem"), makeCertificate(hostNames, now).key)
    const second = await keep()
    expect(second).not.toBe(first)
    await writeFile(join(folder, "certificate.pem"), "not a certificate")
    expect(await keep()).not.toBe(second)
  })
})

it("says in one line how to trust it, on each platform", () => {
  for (const platform of ["darwin", "win32", "linux"] as const) {
    const command = trustCommand("/tmp/certificate.pem", platform)
    expect(command).toContain('"/tmp/certificate.pem"')
    expect(command).not.toContain("\n")
  }
})

import { createPrivateKey, X509Certificate } from "node:crypto"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { makeCertificate } from "../../harness/certificate.ts"
import { loadOrMakeCertificate, trustCommand } from "../../local/certificate.ts"
import { lacksFileModes } from "../support/windows.ts"

const hostNames = ["localhost", "127.0.0.1"]
const day = 86_400_000
const now = new Date("2026-11-23T10:20:30Z")

describe("a certificate that is made", () => {
  const made = makeCertificate(hostNames, now)
  const certificate = new X509Certificate(made.cert)

  it("names its hosts, authenticates servers alone, signs no other certificate, and is another one each time", () => {
    const { subjectAltName, ca, keyUsage } = certificate
    expect(subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1")
    expect([ca, keyUsage]).toEqual([false, ["1.3.6.1.5.5.7.3.1"]])
    expect(certificate.checkPrivateKey(createPrivateKey(made.key))).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    const other = new X509Certificate(makeCertificate(hostNames, now).cert)
    expect(other.serialNumber).not.toBe(certificate.serialNumber)
  })

  it("is good from yesterday, for other clocks' sake, and for a year", () => {
    const [from, to] = [certificate.validFrom, certificate.validTo].map(
      (time) => Date.parse(time) - now.getTime(),
    )
    expect([from, to]).toEqual([-day, 365 * day])
  })
})

describe("a certificate that is kept", () => {
  let folder: string
  let first: string
  const keep = async (names = hostNames, at = now) => (await loadOrMakeCertificate(folder, names, at)).cert

  beforeEach(async () => {
    const root = await mkdtemp(join(tmpdir(), "certificate-"))
    onTestFinished(() => rm(root, { recursive: true }))
    folder = join(root, "nested")
    first = await keep()
  })

  it("is the same the next time, until its last week", async () => {
    const keepAfter = (days: number) => keep(hostNames, new Date(now.getTime() + days * day))
    expect(await readFile(join(folder, "certificate.pem"), "utf8")).toBe(first)
    expect([await keepAfter(0), await keepAfter(357)]).toEqual([first, first])
    expect(await keepAfter(359)).not.toBe(first)
  })

  it.skipIf(lacksFileModes)("has a key that only its owner can read", async () => {
    expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o600)
  })

  it("is replaced when it lacks a name, when the key is another's, and when the file is damaged", async () => {
    expect(await keep(["localhost"])).toBe(first)
    const second = await keep([...hostNames, "app.localhost"])
    expect(second).not.toBe(first)
    await writeFile(join(folder, "key.pem"), makeCertificate(hostNames, now).key)
    const third = await keep()
    expect(third).not.toBe(second)
    await writeFile(join(folder, "certificate.pem"), "not a certificate")
    expect(await keep()).not.toBe(third)
  })
})

it("the command to trust a certificate is one line on each system", () => {
  for (const platform of ["darwin", "win32", "linux"] as const)
    expect(trustCommand("/tmp/certificate.pem", platform)).toMatch(/^.* "\/tmp\/certificate\.pem"$/)
})

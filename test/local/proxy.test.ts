import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, it, onTestFinished } from "vitest"
import { proxyExceptions, proxyNotice } from "../../local/proxy.ts"
import { shellOf } from "../../local/shell.ts"
import { lacksPosixShell } from "../support/windows.ts"

const both = "127.0.0.1,localhost"

it.each([
  [{}],
  [{ HTTP_PROXY: "" }],
  [{ HTTP_PROXY: "http://proxy.example:8080", NO_PROXY: "*" }],
  [{ HTTPS_PROXY: "http://proxy.example:8080", NO_PROXY: "localhost, 127.0.0.1" }],
  [{ NO_PROXY: "internal.example" }],
])("nothing has to be set where no proxy gets requests to this machine: %j", (env) => {
  expect(proxyExceptions(env)).toBeUndefined()
})

it.each([
  [{ HTTP_PROXY: "http://proxy.example:8080" }, "HTTP_PROXY", both],
  [{ https_proxy: "http://proxy.example:8080" }, "https_proxy", both],
  [{ all_proxy: "socks5://proxy.example" }, "all_proxy", both],
  [{ http_proxy: "http://p", no_proxy: "", NO_PROXY: "a.example" }, "http_proxy", `a.example,${both}`],
  [{ http_proxy: "http://p", no_proxy: "localhost,.example" }, "http_proxy", "localhost,.example,127.0.0.1"],
])(
  "a proxy in the environment gets exceptions for this machine, and keeps its own: %j",
  (env, because, value) => {
    expect(proxyExceptions(env)).toEqual({ because, variables: { no_proxy: value, NO_PROXY: value } })
  },
)

it("the notice names the variable and the command, not the proxy, whose address can have a password", () => {
  const env = { HTTP_PROXY: "http://user:canary@proxy.example:8080" }
  const notice = proxyNotice(proxyExceptions(env) ?? expect.fail(), shellOf("linux"))
  expect(notice).toContain("HTTP_PROXY is set, so")
  expect(notice).toContain(`\n  export no_proxy=${both} NO_PROXY=${both}\n`)
  expect(notice).not.toContain("canary")
})

it.skipIf(lacksPosixShell)(
  "with the printed command, curl reaches this machine without the proxy",
  async () => {
    const server = createServer((_request, response) => response.end("here"))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    // Nothing listens there.
    const env = { ...process.env, http_proxy: "http://127.0.0.1:9", no_proxy: "", NO_PROXY: "" }
    const [command] = /export .*/.exec(proxyNotice(proxyExceptions(env) ?? expect.fail(), shellOf())) ?? []
    const curl = spawn("sh", ["-c", `${command ?? ""}; curl -s http://127.0.0.1:${port}`], { env })
    let said = ""
    curl.stdout.setEncoding("utf8").on("data", (text: string) => (said += text))
    await once(curl, "close")
    expect(said).toBe("here")
  },
)

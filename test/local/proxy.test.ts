import { execFile } from "node:child_process"
import { createServer } from "node:http"
import { promisify } from "node:util"
import { expect, it, onTestFinished } from "vitest"
import { closeServer, listenOnLoopback } from "../../local/loopback.ts"
import { proxyExceptions, proxyNotice } from "../../local/proxy.ts"
import { shellOf } from "../../local/shell.ts"
import { lacksPosixShell } from "../support/windows.ts"

const at = "http://proxy.example:8080"
const both = "127.0.0.1,localhost"

it.each([
  [{}],
  [{ HTTP_PROXY: "" }],
  [{ HTTP_PROXY: at, NO_PROXY: "*" }],
  [{ HTTPS_PROXY: at, NO_PROXY: "localhost, 127.0.0.1" }],
  [{ NO_PROXY: "internal.example" }],
])("nothing has to be set where no proxy gets requests to this machine: %j", (env) => {
  expect(proxyExceptions(env)).toBeUndefined()
})

it.each([
  [{ HTTP_PROXY: at }, "HTTP_PROXY", both],
  [{ https_proxy: at }, "https_proxy", both],
  [{ all_proxy: "socks5://proxy.example" }, "all_proxy", both],
  [{ http_proxy: at, no_proxy: "", NO_PROXY: "a.example" }, "http_proxy", `a.example,${both}`],
  [{ http_proxy: at, no_proxy: "localhost,.example" }, "http_proxy", "localhost,.example,127.0.0.1"],
])("a proxy gets exceptions for this machine, and keeps its own: %j", (env, because, value) => {
  expect(proxyExceptions(env)).toEqual({ because, variables: { no_proxy: value, NO_PROXY: value } })
})

it("the notice of a proxy names the variable, not its address, which can have a password", () => {
  const env = { HTTP_PROXY: "http://user:canary@proxy.example:8080" }
  const notice = proxyNotice(proxyExceptions(env) ?? expect.fail(), shellOf("linux"))
  expect(notice).toContain("HTTP_PROXY is set, so")
  expect(notice).not.toContain("canary")
})

it.skipIf(lacksPosixShell)(
  "the notice of a proxy has a command with which curl reaches this machine",
  async () => {
    const server = createServer((_request, response) => response.end("here"))
    const url = await listenOnLoopback(server)
    onTestFinished(() => closeServer(server))
    // Nothing listens there.
    const env = { ...process.env, http_proxy: "http://127.0.0.1:9", no_proxy: "", NO_PROXY: "" }
    const [command] = /export .*/.exec(proxyNotice(proxyExceptions(env) ?? expect.fail(), shellOf())) ?? []
    const { stdout } = await promisify(execFile)("sh", ["-c", `${command ?? ""}; curl -s ${url}`], { env })
    expect(stdout).toBe("here")
  },
)

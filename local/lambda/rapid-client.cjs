"use strict"

/**
 * Replaces `rapid-client.node`, the compiled transport of aws-lambda-ric, so that nothing has to be compiled.
 *
 * Loaded before the runtime client, it answers that client's `require("./rapid-client.node")` with itself. It is plain
 * CommonJS because it runs under every Node version that a function is tested on.
 */
const { Agent, request } = require("node:http")
const Module = require("node:module")
const { connect } = require("node:net")

const resolveFilename = Module._resolveFilename
Module._resolveFilename = function (specifier, ...rest) {
  return specifier === "./rapid-client.node" ? __filename : resolveFilename.call(this, specifier, ...rest)
}

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":")
const headers = { authorization: process.env.LOCAL_RUNTIME_API_AUTHORIZATION }
// Lambda does not set it, so a function does not see it.
delete process.env.LOCAL_RUNTIME_API_AUTHORIZATION

// One connection, so that an answer is sent before the next event is requested. The Runtime API never closes it while
// the environment exists. A close means that the parent has ended, and nothing else would end this process.
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
agent.createConnection = (options, onConnected) =>
  connect(options, onConnected).once("close", () => process.exit(1))

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, host, port, headers, method, path: `/2018-06-01/runtime/invocation/${path}` },
      (response) => {
        let received = ""
        response.setEncoding("utf8")
        response.on("data", (chunk) => (received += chunk))
        response.on("end", () => resolve({ bodyJson: received, headers: response.headers }))
      },
    )
    sent.on("error", reject)
    sent.end(body)
  })
}

// The native client posts synchronously and returns nothing. A post that fails ends the process, see above.
function post(path, body) {
  call("POST", path, body).catch(() => process.exit(1))
}

exports.next = () => call("GET", "next")
exports.done = (requestId, body) => post(`${requestId}/response`, body)
exports.error = (requestId, body) => post(`${requestId}/error`, body)

import { createServer, type Server } from "node:http"
import { text } from "node:stream/consumers"
import { afterEach, describe, expect, it } from "vitest"
import { closeServer, listenOnLoopback } from "../../../local/loopback.ts"
import { send, signedHeaders } from "../../support/signed-request.ts"
import {
  aws,
  credentials,
  newSecret,
  operate,
  put,
  read,
  secretId,
  stagesByVersion,
  stored,
} from "./local-secret.ts"

const inFront: Server[] = []

afterEach(async () => {
  await Promise.all(inFront.splice(0).map(closeServer))
})

describe("the move of AWSCURRENT", () => {
  it("counts as done when it was done and its answer got lost", async () => {
    put(stored)
    const endpoint = await startInFrontOf(aws.url, "loses the answer")
    const options = ["--stdin", "--yes"]
    expect((await operate("replace", options, { input: newSecret, endpoint })).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("leaves everything as it was when it is not permitted", async () => {
    put(stored)
    const before = await stagesByVersion()
    const endpoint = await startInFrontOf(aws.url, "denies it")
    expect(await operate("rotate-sealing-key", ["--yes"], { endpoint })).toMatchObject({
      exitCode: 1,
      stderr: `These credentials may not call secretsmanager:UpdateSecretVersionStage on "${secretId}".\n`,
    })
    expect(await stagesByVersion()).toMatchObject(before)
    expect((await read()).value).toEqual(stored)
  })
})

/** Stands before Secrets Manager, and meddles with the first move of a label: it is done or not, and never said so. */
async function startInFrontOf(url: string, how: "loses the answer" | "denies it"): Promise<string> {
  let meddled = false
  const server = createServer((request, response) => {
    void (async () => {
      const target = String(request.headers["x-amz-target"])
      const isMove = target.endsWith("UpdateSecretVersionStage") && !meddled
      if (isMove) meddled = true
      const body = await text(request)
      if (isMove && how === "denies it") {
        response.writeHead(400).end('{"__type":"AccessDeniedException"}')
        return
      }
      const post = { url, service: "secretsmanager", headers: { "x-amz-target": target }, body, credentials }
      const answer = await send(url, await signedHeaders(post), body)
      if (isMove) response.destroy()
      else response.writeHead(answer.status ?? 500).end(answer.body)
    })()
  })
  inFront.push(server)
  return await listenOnLoopback(server)
}

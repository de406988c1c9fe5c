import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { startBuild } from "../../local/build.ts"

it("the build of npm start ends when it is closed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "build-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const build = startBuild(folder)
  const outcome = expect(build.done).rejects.toThrow("The functions could not be built.")
  await build.close()
  await outcome
})

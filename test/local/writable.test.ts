import { execFileSync } from "node:child_process"
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { startBuild } from "../../local/build.ts"
import { expectWritable } from "../../local/writable.ts"
import { lacksFileModes } from "../support/windows.ts"

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "read-only-"))
  onTestFinished(async () => {
    await chmod(folder, 0o755)
    await rm(folder, { recursive: true })
  })
  return folder
}

it("a folder that can be written to, or made, is no problem", async () => {
  const folder = await makeFolder()
  await expectWritable(folder, "")
  await expectWritable(join(folder, "not", "there"), "")
  expect(await readdir(folder)).toEqual([])
})

it("the build of npm start ends when it is closed", async () => {
  const build = startBuild(await makeFolder())
  const outcome = expect(build.done).rejects.toThrow("The functions could not be built.")
  await build.close()
  await outcome
})

const certificate = 'loadOrMakeCertificate(FOLDER + "/c", ["localhost"])'
it.skipIf(lacksFileModes).each([
  ["npm start", "build.ts", "expectBuildable(FOLDER)", "Start with --no-build"],
  ["--https", "certificate.ts", certificate, "start without --https"],
])("a read-only folder ends %s with a sentence", async (_what, file, call, remedy) => {
  const folder = await makeFolder()
  await chmod(folder, 0o555)
  const module = new URL(`../../local/${file}`, import.meta.url).href
  // No permission stops root, so the program becomes another user when it has been loaded.
  const program = `
    import * as module from ${JSON.stringify(module)}
    if (process.getuid() === 0) process.setuid(65534)
    await module.${call.replace("FOLDER", JSON.stringify(folder))}.catch(({ message }) => console.log(message))`
  const args = ["--import", "tsx", "--input-type=module", "-e", program]
  const said = execFileSync(process.execPath, args, { encoding: "utf8" })
  expect(said).toContain(`This process may not write to ${folder}`)
  expect(said).toContain(remedy)
})

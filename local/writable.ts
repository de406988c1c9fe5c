import { access, constants } from "node:fs/promises"
import { dirname, resolve } from "node:path"

/** Throws a sentence if a folder cannot be written to, or cannot be made. */
export async function expectWritable(folder: string, remedy: string): Promise<void> {
  try {
    await access(folder, constants.W_OK)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      await expectWritable(dirname(resolve(folder)), remedy)
      return
    }
    throw new Error(`This process may not write to ${folder}. ${remedy}`, { cause })
  }
}

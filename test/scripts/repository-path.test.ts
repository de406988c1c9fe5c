import { posix, win32 } from "node:path"
import { expect, it } from "vitest"
import { repositoryPath } from "../../scripts/repository-path.ts"

it.each([
  ["/home/a/repository/test/docs.test.ts", "/home/a/repository", posix],
  ["C:\\a\\repository\\test\\docs.test.ts", "C:\\a\\repository", win32],
  ["c:/a/repository/test/docs.test.ts", "C:\\a\\repository", win32],
])("%s is test/docs.test.ts", (file, root, path) => {
  expect(repositoryPath(file, root, path)).toBe("test/docs.test.ts")
})

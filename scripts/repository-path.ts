import nodePath from "node:path"

/** A file's path inside this repository, with the slashes that documents have on every system. */
export function repositoryPath(
  file: string,
  root = process.cwd(),
  path: Pick<typeof nodePath, "relative" | "sep"> = nodePath,
): string {
  return path.relative(root, file).replaceAll(path.sep, "/")
}

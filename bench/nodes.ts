import { execFileSync } from "node:child_process"

/** A Node to run the rows on. */
export interface Node {
  readonly path: string
  /** `v24.21.0`. */
  readonly version: string
  readonly major: number
}

/** The Nodes at these paths; the running one when there are none. */
export function findNodes(paths: readonly string[]): [Node, ...Node[]] {
  const [first = process.execPath, ...others] = paths
  return [findNode(first), ...others.map(findNode)]
}

/** What is deployed runs on the newest: tables of one Node only are of this one. */
export function newestOf(nodes: readonly [Node, ...Node[]]): Node {
  return nodes.reduce((newest, node) => (node.major > newest.major ? node : newest))
}

function findNode(path: string): Node {
  const version = execFileSync(path, ["--version"], { encoding: "utf8" }).trim()
  return { path, version, major: Number(/^v(\d+)/.exec(version)?.[1]) }
}

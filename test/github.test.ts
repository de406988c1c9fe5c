import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"

const root = fileURLToPath(new URL("..", import.meta.url))

type Workflow = Readonly<{ on: unknown; permissions: unknown; jobs: Readonly<Record<string, Job>> }>
type Job = Readonly<{ permissions?: object; strategy?: { matrix: unknown }; steps?: readonly Step[] }>
type Step = Readonly<{ uses?: string; run?: string }>

const folder = `${root}.github/workflows/`

describe.each(readdirSync(folder))("the workflow %s", (file) => {
  const source = readFileSync(`${folder}${file}`, "utf8")
  const workflow = read(`.github/workflows/${file}`) as Workflow

  it("may only read the code, unless a job says more, and names no secret", () => {
    expect(workflow.permissions).toEqual({ contents: "read" })
    expect(source).not.toContain("secrets.")
  })

  it("uses actions of GitHub itself, at the hash of a commit with its version beside it", () => {
    for (const [line] of source.matchAll(/^.* uses: .*$/gm)) {
      expect(line).toMatch(/uses: (\.\/\.github\/workflows\/|actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/)
    }
  })

  it("gives values to the shell only through variables", () => {
    for (const command of Object.values(workflow.jobs).flatMap(commandsOf))
      expect(command).not.toContain("${{")
  })
})

it("the workflow that tests runs a newcomer's commands on every system and every supported Node", () => {
  const { jobs } = read(".github/workflows/test.yml") as Workflow
  expect(jobs.test?.strategy?.matrix).toEqual({
    system: ["windows-latest", "macos-latest", "ubuntu-latest"],
    node: [20, 22, 24],
  })
  expect(commandsOf(jobs.test)).toEqual(["npm ci", "npm run check", "npm start -- --once", "npm test"])
  expect(commandsOf(jobs.gate)).toContain(".ci/run")
})

it("the workflow that releases starts at a tag, and its job that may write runs no code of a package", () => {
  const { on, jobs } = read(".github/workflows/release.yml") as Workflow
  expect(on).toEqual({ push: { tags: ["v*"] } })
  const writers = Object.entries(jobs).filter(([, { permissions }]) => permissions !== undefined)
  expect(writers.map(([name]) => name)).toEqual(["publish"])
  const writable = { contents: "write", "id-token": "write", attestations: "write" }
  expect(jobs.publish?.permissions).toEqual(writable)
  expect(commandsOf(jobs.publish).join("\n")).not.toMatch(/\b(npm|npx|node|git)\b/)
  expect(jobs.publish?.steps?.map(({ uses = "" }) => uses).join()).not.toContain("checkout")
})

it("Dependabot knows every lock file, and keeps the versions exact", () => {
  const { updates } = read(".github/dependabot.yml") as { updates: readonly Record<string, unknown>[] }
  const npm = updates.filter((update) => update["package-ecosystem"] === "npm")
  const rooms = foldersIn("")
  const locked = ["", ...rooms, ...rooms.flatMap(foldersIn)].filter((path) =>
    existsSync(`${root}${path}/package-lock.json`),
  )
  expect(locked).toContain("")
  const known = npm.flatMap(({ directory, directories }) => directories ?? directory)
  expect(known).toEqual(expect.arrayContaining(locked.map((path) => `/${path}`)))
  for (const update of npm) expect(update["versioning-strategy"]).toBe("increase")
})

it.each(["bug.yml", "question.yml"])("the issue form %s warns not to write secrets into it", (file) => {
  const form = read(`.github/ISSUE_TEMPLATE/${file}`) as { readonly body: readonly unknown[] }
  expect(Object.keys(form)).toEqual(expect.arrayContaining(["name", "description", "body"]))
  expect(JSON.stringify(form.body[0])).toMatch(/Everybody can read this.*(secrets|tokens)/)
})

function read(path: string): unknown {
  return parse(readFileSync(`${root}${path}`, "utf8"))
}

/** The folders of a folder, as paths from the root, without those that Git does not track. */
function foldersIn(path: string): string[] {
  return readdirSync(`${root}${path}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => !/^(\.|node_modules$|dist$|reports$|coverage$)/.test(name))
    .map(({ name }) => (path === "" ? name : `${path}/${name}`))
}

function commandsOf(job: Job | undefined): string[] {
  return job?.steps?.flatMap(({ run }) => run ?? []) ?? []
}

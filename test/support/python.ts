import { spawnSync } from "node:child_process"

/** The Python 3 of PATH, with boto3. Undefined when there is none and tests that need it are left out. */
export const python: string | undefined = findPython("boto3", "python3-boto3", ["python3"])

/**
 * Python 3 with PyJWT and what it needs for RSA. Debian's packages are for Debian's Python, which need not be the first one of
 * PATH. Undefined as `python` is.
 */
export const pythonWithJwt: string | undefined = findPython(
  "jwt, cryptography",
  "python3-jwt python3-cryptography",
  ["python3", "/usr/bin/python3"],
)

/** Finds the Python that has these modules. `REQUIRE_PYTHON` makes the tests fail in place of leaving them out. */
function findPython(modules: string, packages: string, names: readonly string[]): string | undefined {
  const found = names.find(
    (name) => spawnSync(name, ["-c", `import ${modules}`], { stdio: "ignore" }).status === 0,
  )
  if (found === undefined) console.log(`left out: no Python with ${modules}; apt-get install ${packages}`)
  return found ?? (process.env.REQUIRE_PYTHON ? "python3" : undefined)
}

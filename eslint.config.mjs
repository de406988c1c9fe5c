import { existsSync } from "node:fs"
import tseslint from "typescript-eslint"

// Their code is linted by its types, which come with packages that are installed apart.
const notInstalled = ["bench/", "examples/react/"].filter(
  (folder) => !existsSync(`${import.meta.dirname}/${folder}node_modules`),
)

export default tseslint.config(
  { ignores: ["dist/", "coverage/", ".serverless/", "reports/", "node_modules/", ...notInstalled] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    // A longer file holds more than one concept.
    files: ["lib/**", "client/**", "operator/**", "local/**", "harness/**", "scripts/**", "bench/**"],
    rules: { "max-lines": ["error", 300] },
  },
  {
    files: ["test/**"],
    rules: { "max-lines": ["error", 500] },
  },
  {
    files: ["functions/**", "lib/**"],
    rules: {
      "no-console": "error",
      // The world is reached in one place each: a search for the name proves it.
      "no-restricted-globals": ["error", "fetch", "Request", "Response", "Headers"],
      "no-restricted-properties": ["error", { object: "Math", property: "random" }],
    },
  },
)

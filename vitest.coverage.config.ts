import { defineConfig } from "vitest/config"

/** How much of lib/ its own tests run through. Every line; docs/trust.md has the branches that are left, and why. */
export default defineConfig({
  test: {
    include: [
      "test/lib/**/*.test.ts",
      "test/front-door.test.ts",
      "test/browser-door.test.ts",
      "test/function-url.test.ts",
    ],
    testTimeout: 20_000,
    coverage: {
      provider: "v8",
      include: ["lib/**"],
      reporter: ["text"],
      thresholds: {
        lines: 100,
        "lib/*.ts": { statements: 100, functions: 100, branches: 99.7 },
        "lib/adapters/*.ts": { statements: 99, functions: 98.5, branches: 92.3 },
      },
    },
  },
})

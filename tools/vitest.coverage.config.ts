import { defineConfig } from "vitest/config"

/** How much of lib/ its own tests run through. Every line; docs/trust.md has the branches that are left, and why. */
export default defineConfig({
  test: {
    include: [
      "test/lib/**/*.test.ts",
      "test/front-door.test.ts",
      "test/browser-door/**/*.test.ts",
      "test/function-url.test.ts",
    ],
    testTimeout: 20_000,
    coverage: {
      provider: "custom",
      customProviderModule: "tools/coverage.mjs",
      include: ["lib/**"],
      reporter: ["text"],
      thresholds: {
        lines: 100,
        statements: 100,
        functions: 100,
        // Below zero: how many may be left.
        branches: -5,
      },
    },
  },
})

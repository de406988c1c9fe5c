import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    // Each file builds the peers into the same folder.
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})

import { defineConfig } from "vitest/config"

/** The tests that a mutant of lib/ is held against: those of lib/ itself, which need no built bundle. */
export default defineConfig({
  test: {
    include: ["test/lib/**/*.test.ts", "test/front-door.test.ts", "test/browser-door/**/*.test.ts"],
    exclude: ["test/lib/adapters/**"],
    // As in vitest.config.ts. A mutant is switched on without loading its module again.
    isolate: false,
  },
})

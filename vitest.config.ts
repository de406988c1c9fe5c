import { configDefaults, defineConfig } from "vitest/config"

/** Files that share hooks, which a module registers once: each needs its modules anew. */
const isolated = ["browser", "client/browser", "examples"].map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Tests wait for sockets and child processes more than they compute.
    maxWorkers: "100%",
    includeTaskLocation: true,
    tags: [{ name: "engines", description: "a journey that `npm run test:browser` makes in Firefox, too" }],
    // What the AWS SDK will want of Node some day; the bundles leave it out.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    globalSetup: "test/support/operator-commands.ts",
    projects: [
      { extends: true, test: { name: "isolated", include: isolated } },
      {
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...isolated],
          // Half of the time of a run is the loading of modules otherwise.
          isolate: false,
        },
      },
    ],
  },
})

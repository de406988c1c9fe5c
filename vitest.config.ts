import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/operator-commands.ts",
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Tests wait for sockets and child processes more than they compute.
    maxWorkers: "100%",
    includeTaskLocation: true,
    tags: [{ name: "engines", description: "a journey that `npm run test:browser` makes in Firefox, too" }],
    // What the AWS SDK will want of Node some day; the bundles leave it out.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
})

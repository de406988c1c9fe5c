/** The import rules: functions → lib → nothing of ours; local, test and bench may import all; nothing imports them. */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, path: "^lib/" }, to: {} },
    {
      name: "lib-imports-lib",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^(functions|client|local|test|bench|examples)/" },
    },
    {
      name: "operator-imports-lib-and-client",
      severity: "error",
      from: { path: "^operator/" },
      to: { path: "^(functions|local|test|bench|examples|lib/adapters)/" },
    },
    {
      name: "nothing-imports-operator",
      severity: "error",
      from: { pathNot: "^(operator|test)/" },
      to: { path: "^operator/" },
    },
    {
      name: "functions-import-lib",
      severity: "error",
      from: { path: "^functions/" },
      to: { path: "^(client|local|test|bench|examples)/" },
    },
    {
      name: "client-shares-the-contract-only",
      severity: "error",
      from: { path: "^client/" },
      to: { path: "^(lib/(?!contract\\.ts$)|functions/|local/|test/|bench/)" },
    },
    {
      name: "nothing-imports-test",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^test/" },
    },
    {
      name: "nothing-imports-bench",
      severity: "error",
      from: { pathNot: "^(bench/|test/bench\\.test\\.ts$)" },
      to: { path: "^bench/" },
    },
    {
      name: "nothing-imports-local",
      severity: "error",
      from: { pathNot: "^(local|test|bench|examples)/|^scripts/screenshot\\.ts$" },
      to: { path: "^local/" },
    },
    {
      name: "the-world-begins-in-adapters",
      severity: "error",
      from: { path: "^lib/", pathNot: "^lib/adapters/" },
      to: { path: ["^lib/adapters/", "@aws-sdk", "^(node:)?(https?|net|tls|fs|child_process|dns)$"] },
    },
    {
      name: "runtime-dependencies-only",
      severity: "error",
      from: { path: "^(lib|functions)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "unknown"], pathNot: "^aws-lambda$" },
    },
    {
      // The one that imports local, for pictures of its page, is named in nothing-imports-local.
      name: "scripts-import-lib",
      severity: "error",
      from: { path: "^scripts/" },
      to: { path: "^(functions|client|operator|test|bench|examples)/" },
    },
    {
      name: "nothing-imports-scripts",
      severity: "error",
      from: { pathNot: "^(scripts|test)/" },
      to: { path: "^scripts/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
      conditionNames: ["import", "require", "node", "default"],
      exportsFields: ["exports"],
    },
  },
}

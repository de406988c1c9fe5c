/**
 * Who may import whom. Each room of lib/ has a rule with the rooms that it may import, in the order of the floors; the root
 * of lib/ is below all of them. Files of one room may import each other, without a circle.
 */
const rooms = {
  operations: ["exchange", "credentials", "superoffice", "request", "session", "id-token"],
  exchange: ["credentials", "superoffice", "request", "session", "id-token"],
  superoffice: ["credentials", "request"],
  credentials: ["request", "session"],
  request: ["session"],
  session: [],
  "id-token": [],
  // Where the outside world begins: the only room that imports the AWS SDK and Node's network modules.
  adapters: ["credentials", "superoffice", "id-token"],
}

function roomRule([room, imports]) {
  return {
    name: `room-${room}`,
    severity: "error",
    from: { path: `^lib/${room}/` },
    to: { path: "^lib/[^/]+/", pathNot: `^lib/(${[room, ...imports].join("|")})/` },
  }
}

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, path: "^lib/" }, to: {} },
    ...Object.entries(rooms).map(roomRule),
    {
      name: "lib-has-no-other-rooms",
      severity: "error",
      from: { path: "^lib/[^/]+/", pathNot: `^lib/(${Object.keys(rooms).join("|")})/` },
      to: {},
    },
    {
      name: "the-root-of-lib-imports-no-room",
      severity: "error",
      from: { path: "^lib/[^/]+$" },
      to: { path: "^lib/[^/]+/" },
    },
    {
      name: "lib-imports-lib",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^(functions|client|operator|local|test|bench|examples|scripts|deploy)/" },
    },
    {
      name: "the-network-begins-in-adapters",
      severity: "error",
      from: { path: "^lib/", pathNot: "^lib/adapters/" },
      to: { path: ["@aws-sdk", "^(node:)?(https?|http2|net|tls|fs|child_process|dns)(/|$)"] },
    },
    {
      // A function file is wiring: its operation, its environment, the handler and the runtime.
      name: "functions-import-lib",
      severity: "error",
      from: { path: "^functions/" },
      to: {
        path: "^[^/]+/",
        pathNot:
          "^lib/(operations/|request/(handler|documents)\\.ts$|adapters/(early/|(environment|runtime)\\.ts$))",
        dependencyTypes: ["local"],
      },
    },
    {
      name: "runtime-dependencies-only",
      severity: "error",
      from: { path: "^(lib|functions)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "unknown"], pathNot: "^aws-lambda$" },
    },
    {
      name: "client-shares-the-contract-only",
      severity: "error",
      from: { path: "^client/" },
      to: {
        path: "^(lib|functions|operator|local|test|bench|examples|scripts)/",
        pathNot: "^lib/(contract|requests|claims)\\.ts$",
      },
    },
    {
      // What the operator's commands share with the functions are checks of their settings and secrets, not their work.
      name: "operator-imports-lib-and-client",
      severity: "error",
      from: { path: "^operator/" },
      to: {
        path: "^(functions|local|test|bench|examples|scripts|lib/(adapters|operations|exchange|superoffice|request|id-token)/)",
      },
    },
    {
      // It starts what was built from the rest, and shares only types and small values with it.
      name: "local-imports-the-root-of-lib",
      severity: "error",
      from: { path: "^local/" },
      to: { path: "^(lib/[^/]+/|functions/|client/|bench/|examples/)" },
    },
    {
      name: "examples-import-client",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(lib|functions|operator|local|bench|scripts)/" },
    },
    {
      // At a terminal, the local stack prints and asks as the operator's programs do.
      name: "nothing-imports-operator",
      severity: "error",
      from: { pathNot: "^(operator|test)/" },
      to: { path: "^operator/", pathNot: "^operator/terminal\\.ts$" },
    },
    {
      // scripts/screenshot.ts takes pictures of the page that the local stack serves.
      name: "nothing-imports-local",
      severity: "error",
      from: { pathNot: "^(local/|test/|scripts/screenshot\\.ts$)" },
      to: { path: "^local/" },
    },
    {
      name: "nothing-imports-test",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
    {
      name: "nothing-imports-bench",
      severity: "error",
      from: { pathNot: "^bench/" },
      to: { path: "^bench/" },
    },
    {
      // What is deployed, or copied by callers, makes no keys, tokens or figures of its own.
      name: "the-product-imports-no-harness",
      severity: "error",
      from: { path: "^(lib|functions|client|operator|examples)/" },
      to: { path: "^harness/" },
    },
    {
      // The local stack, the tests and the benchmark share it, so it is below all of them.
      name: "harness-imports-nothing",
      severity: "error",
      from: { path: "^harness/" },
      to: { path: "^(lib|functions|client|operator|local|test|bench|examples|scripts|deploy)/" },
    },
    {
      // The OpenAPI document is generated from the contract, the limits of fields and the table of errors.
      name: "scripts-import-lib",
      severity: "error",
      from: { path: "^scripts/" },
      to: { path: "^(functions|client|operator|test|bench|examples)/" },
    },
    {
      // The benchmark builds the bundles as scripts/build.ts does, with one file of the AWS SDK as it is.
      name: "nothing-imports-scripts",
      severity: "error",
      from: { pathNot: "^(scripts/|test/|bench/(replacements|bench\\.test)\\.ts$)" },
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

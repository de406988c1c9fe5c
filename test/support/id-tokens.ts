export * from "../../harness/id-tokens.ts"

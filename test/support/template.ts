export * from "../../operator/package/template.ts"

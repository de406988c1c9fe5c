import { fileURLToPath } from "node:url"
import { format, resolveConfig } from "prettier"
import { openApiDocument } from "./document.ts"

/** The text of docs/openapi.json, in the format of `npm run format`. */
export async function openApiText(): Promise<string> {
  const path = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url))
  return await format(JSON.stringify(openApiDocument()), { ...(await resolveConfig(path)), filepath: path })
}

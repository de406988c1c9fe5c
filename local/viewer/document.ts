import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { RefreshTokenDelivery } from "../../lib/config.ts"

const path = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url))

/** docs/openapi.json, as far as the viewer reads it. */
export interface OpenApiDocument {
  readonly info: { readonly title: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, { readonly post: OperationObject } | { readonly get: Described }>>
  readonly components: { readonly headers: Readonly<Record<string, unknown>> }
}

interface Described {
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
}

interface OperationObject extends Described {
  readonly operationId: string
  readonly requestBody: {
    readonly content: Readonly<
      Record<string, { readonly examples: Readonly<Record<string, Pick<Example, "summary" | "value">>> }>
    >
  }
}

/** What anybody may read at a path. */
export interface Publication {
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description: string
}

export interface Operation extends Publication {
  readonly id: string
  readonly isSigned: boolean
  readonly examples: readonly Example[]
}

/** An example of a request. */
export interface Example {
  readonly name: string
  readonly summary: string
  readonly mediaType: string
  readonly value: Readonly<Record<string, string | readonly string[]>>
}

export async function readDocument(): Promise<OpenApiDocument> {
  return JSON.parse(await readFile(path, "utf8")) as OpenApiDocument
}

/** The document's operations, with the examples that can succeed in this delivery. */
export function operationsOf({ paths }: OpenApiDocument, delivery: RefreshTokenDelivery): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    if (!("post" in item)) return []
    const { post } = item
    const isSigned = path.startsWith("/signed/")
    const { operationId: id, tags, summary, description } = post
    const examples = examplesOf(post).filter(({ value }) => isSigned || isFor(delivery, value))
    return [{ id, path, tag: tags[0] ?? "", summary, description, isSigned, examples }]
  })
}

/** What the document has for anybody to read. */
export function publicationsOf({ paths }: OpenApiDocument): Publication[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    if (!("get" in item)) return []
    const { tags, summary, description } = item.get
    return [{ path, tag: tags[0] ?? "", summary, description }]
  })
}

/** Each example once, in the media type that the document names first: forms for a token endpoint, elsewhere JSON. */
function examplesOf({ requestBody }: OperationObject): Example[] {
  const all = Object.entries(requestBody.content).flatMap(([mediaType, { examples }]) =>
    Object.entries(examples).map(([name, example]) => ({ name, mediaType, ...example })),
  )
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index)
}

/** A page brings everything itself, or a sealed value, or relies on cookies, which delivery `sealed` does not have. */
function isFor(delivery: RefreshTokenDelivery, value: Example["value"]): boolean {
  if ("code_verifier" in value) return true
  const isSealed = "refresh_token" in value || "token" in value
  return isSealed === (delivery === "sealed")
}

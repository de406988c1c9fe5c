import { readFileSync } from "node:fs"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import { expect } from "vitest"
import type { ErrorCode } from "../../lib/contract.ts"

/** docs/openapi.json, as far as the tests look into it. */
interface Document {
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly schemas: { readonly ErrorCode: { readonly enum: ErrorCode[]; readonly description: string } }
    readonly examples: Readonly<Record<string, Example>>
    readonly securitySchemes: Readonly<Record<string, unknown>>
  }
}

type PathItem = { readonly post: OperationObject } | { readonly get: PublicationObject }

interface OperationObject extends PublicationObject {
  readonly requestBody: { readonly content: Content }
}

/** A document that anybody may read. */
interface PublicationObject {
  readonly operationId: string
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly responses: Readonly<
    Record<string, { readonly headers?: Readonly<Record<string, Reference>>; readonly content?: Content }>
  >
}

type Content = Readonly<Record<string, { readonly examples?: Readonly<Record<string, Example | Reference>> }>>

type Example = Readonly<Record<"value", unknown>>
type Reference = Readonly<Record<"$ref", string>>

/** One operation, with the path and the name that the tests know it by. */
export interface Operation extends OperationObject {
  readonly method: "post"
  readonly path: string
  readonly isSigned: boolean
}

export interface Publication extends PublicationObject {
  readonly method: "get"
  readonly path: string
}

export const documentText = readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")
export const document = JSON.parse(documentText) as Document

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  "post" in item ? [{ ...item.post, method: "post", path, isSigned: path.startsWith("/signed/") }] : [],
)

/** What `well-known` publishes. */
export const publications: readonly Publication[] = Object.entries(document.paths).flatMap(([path, item]) =>
  "get" in item ? [{ ...item.get, method: "get", path }] : [],
)

export function operationOf(path: string): Operation {
  const found = operations.find((one) => one.path === path)
  if (!found) throw new Error(`the document has no ${path}`)
  return found
}

/** One example of a request or of an answer. */
export interface NamedExample<Of = Operation> {
  readonly operation: Of
  readonly mediaType: string
  readonly name: string
  readonly value: unknown
}

/** Every example of a request, as often as there are media types that it is shown in. */
export const requestExamples = operations.flatMap((operation) =>
  examplesIn(operation, operation.requestBody.content),
)

/** Every example of an answer, with its status. */
export const answerExamples = [...operations, ...publications].flatMap((operation) =>
  Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
    examplesIn(operation, content).map((one) => ({ ...one, status: Number(status) })),
  ),
)

function examplesIn<Of>(operation: Of, content: Content): NamedExample<Of>[] {
  return Object.entries(content).flatMap(([mediaType, { examples = {} }]) =>
    Object.entries(examples).map(([name, example]) => {
      const { value } = "$ref" in example ? (resolve(example) as Example) : example
      return { operation, mediaType, name, value }
    }),
  )
}

/** An example of a request by its name. */
export function requestExample(path: string, name: string): Readonly<Record<string, unknown>> {
  const found = requestExamples.find((one) => one.operation.path === path && one.name === name)
  if (!found) throw new Error(`${path} has no example ${name}`)
  return found.value as Readonly<Record<string, unknown>>
}

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
ajv.addFormat("uri", (text) => URL.canParse(text))
ajv.addVocabulary(["openapi", "info", "servers", "tags", "paths", "components"])
ajv.addSchema(document, "openapi")

type Described = Pick<Operation | Publication, "path" | "method" | "responses">

/** What is wrong with a request's body; nothing when the document allows it. */
export function problemsOfRequest({ path }: Operation, body: unknown, mediaType = "application/json") {
  return problems(body, "paths", path, "post", "requestBody", "content", mediaType, "schema")
}

/** What is wrong with an answer's body. */
export function problemsOfAnswer({ path, method }: Described, status: number, body: unknown) {
  const place = ["paths", path, method, "responses", `${status}`, "content", "application/json", "schema"]
  return problems(body, ...place)
}

/** What is wrong with a value of one of the document's schemas. */
export function problemsOf(schema: string, value: unknown) {
  return problems(value, "components", "schemas", schema)
}

/** By the place of their schema, because compiling takes most of the time. */
const validators: Record<string, ValidateFunction> = {}

function problems(value: unknown, ...place: readonly string[]): string[] {
  const pointer = place.map((step) => step.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")
  const validate = (validators[pointer] ??= ajv.compile({ $ref: `openapi#/${encodeURI(pointer)}` }))
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`.trim())
}

/** An answer as it came over HTTP. */
export interface ReceivedAnswer {
  readonly status: number
  readonly headers: Headers
  /** Undefined if it is empty. */
  readonly body: unknown
}

/** Expects that the document describes this answer: its status, body and headers. */
export function expectDescribed(operation: Described, { status, headers, body }: ReceivedAnswer): void {
  const response = operation.responses[status]
  const told = `${operation.path} ${status} ${JSON.stringify(body)}`
  expect(response, `${told} is not in the document`).toBeDefined()
  if (response?.content === undefined) expect(body, told).toBeUndefined()
  else {
    expect(headers.get("content-type"), told).toMatch(/^application\/json\b/)
    expect(problemsOfAnswer(operation, status, body), told).toEqual([])
  }
  for (const [name, reference] of Object.entries(response?.headers ?? {})) {
    const { required, schema } = resolve(reference) as { required?: boolean; schema: object }
    const value = headers.get(name)
    if (value === null) expect(required, `${told} has no ${name}`).not.toBe(true)
    else expect(ajv.validate(schema, value), `${told} has ${name}: ${value}`).toBe(true)
  }
}

function resolve({ $ref }: Reference): unknown {
  const steps = $ref.replace("#/", "").split("/")
  return steps.reduce<unknown>((json, step) => (json as Record<string, unknown>)[step], document)
}

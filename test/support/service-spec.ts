import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec"
import type { Property, PropertyType, SpecDatabase } from "@aws-cdk/service-spec-types"
import type { Json, JsonObject, Resource, StackTemplate } from "./template.ts"

let database: SpecDatabase | undefined

/** What is wrong with the resources of a stack, by Amazon's own description of their types. */
export function problems(stack: StackTemplate): string[] {
  return Object.entries(stack.resources).flatMap(([id, resource]) => propertyProblems(id, resource))
}

/** What is wrong with a resource by Amazon's own description of its type: unknown, missing and ill-typed properties. */
export function propertyProblems(id: string, { type, properties }: Resource): string[] {
  const spec = (database ??= loadAwsServiceSpecSync())
  const [resource] = spec.lookup("resource", "cloudFormationType", "equals", type)
  if (resource === undefined) return [`${id}: ${type} is not a type of resource`]
  return [...membersProblems(id, properties, resource.properties, spec)]
}

function* membersProblems(
  path: string,
  values: JsonObject,
  properties: Readonly<Record<string, Property>>,
  spec: SpecDatabase,
): Generator<string> {
  for (const [name, { required }] of Object.entries(properties)) {
    if (required && !(name in values)) yield `${path}.${name} is missing`
  }
  for (const [name, value] of Object.entries(values)) {
    const property = properties[name]
    if (property === undefined) yield `${path}.${name} is not a property`
    else yield* valueProblems(`${path}.${name}`, value, property.type, spec)
  }
}

function* valueProblems(
  path: string,
  value: Json,
  type: PropertyType,
  spec: SpecDatabase,
): Generator<string> {
  if (type.type === "json") return
  if (type.type === "array") {
    if (!isList(value)) yield `${path} is not a list`
    else
      for (const [i, one] of value.entries()) yield* valueProblems(`${path}[${i}]`, one, type.element, spec)
  } else if (type.type === "map") {
    if (!isObject(value)) yield `${path} is not a map`
    else {
      for (const [name, one] of Object.entries(value))
        yield* valueProblems(`${path}.${name}`, one, type.element, spec)
    }
  } else if (type.type === "ref") {
    const { properties } = spec.get("typeDefinition", type.reference.$ref)
    if (!isObject(value)) yield `${path} is not an object`
    else yield* membersProblems(path, value, properties, spec)
  } else if (type.type === "union") {
    const each = type.types.map((one) => [...valueProblems(path, value, one, spec)])
    if (each.every((problems) => problems.length > 0)) yield* each[0] ?? []
  } else if (!isScalar(value, type.type)) yield `${path} is not of type ${type.type}`
}

/** CloudFormation reads numbers and booleans that are given as text. */
function isScalar(value: Json, type: string): boolean {
  if (typeof value === "object") return false
  if (type === "number") return /^-?\d+(\.\d+)?$/.test(String(value))
  if (type === "integer") return /^-?\d+$/.test(String(value))
  if (type === "boolean") return /^(true|false)$/.test(String(value))
  return typeof value === "string"
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** A stack as CloudFormation would make it in the example account: conditions decided, its functions evaluated. */
export interface StackTemplate {
  readonly resources: Readonly<Record<string, Resource>>
  readonly outputs: Readonly<Record<string, Json>>
}

export interface Resource {
  readonly type: string
  /** What becomes of it when it leaves the stack, and when an update replaces it. */
  readonly deletionPolicy?: string | undefined
  readonly updateReplacePolicy?: string | undefined
  readonly properties: JsonObject
}

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/** Where a template is evaluated for. */
export interface Account {
  readonly partition: string
  readonly region: string
  readonly id: string
}

/** The account of AWS's examples. */
export const account: Account = { partition: "aws", region: "eu-west-1", id: "111122223333" }

export interface Template {
  readonly Parameters?: Readonly<Record<string, Parameter>>
  readonly Conditions?: JsonObject
  readonly Resources: Readonly<Record<string, TemplateResource>>
  readonly Outputs?: Readonly<Record<string, { readonly Value: Json; readonly Condition?: string }>>
}

interface Parameter {
  readonly Default?: string | number
  readonly AllowedPattern?: string
  readonly AllowedValues?: readonly string[]
}

interface TemplateResource {
  readonly Type: string
  readonly Condition?: string
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly Properties?: JsonObject
}

/** Evaluates the functions that our templates use; any other is an error, so that no text is left raw. */
export function evaluate(
  template: Template,
  parameters: Readonly<Record<string, string>> = {},
  { partition, region, id: accountId }: Account = account,
): StackTemplate {
  const pseudoParameters: Readonly<Record<string, string>> = {
    "AWS::Partition": partition,
    "AWS::Region": region,
    "AWS::AccountId": accountId,
    "AWS::URLSuffix": "amazonaws.com",
  }

  const resources = present(template.Resources).map(([id, resource]): [string, Resource] => [
    id,
    {
      type: resource.Type,
      deletionPolicy: resource.DeletionPolicy,
      updateReplacePolicy: resource.UpdateReplacePolicy,
      properties: object(valueOf(resource.Properties ?? {})),
    },
  ])
  return {
    resources: Object.fromEntries(resources),
    outputs: Object.fromEntries(
      present(template.Outputs ?? {}).map(([id, { Value }]) => [id, valueOf(Value) ?? null]),
    ),
  }

  /** Those whose condition holds. */
  function present<T extends { readonly Condition?: string }>(
    all: Readonly<Record<string, T>>,
  ): (readonly [string, T])[] {
    return Object.entries(all).filter(([, { Condition }]) => Condition === undefined || holds(Condition))
  }

  function holds(condition: string): boolean {
    const definition = template.Conditions?.[condition]
    if (definition === undefined) throw new Error(`${condition} is not a condition of the template`)
    return valueOf(definition) === true
  }

  /** The value, or undefined where the template says `AWS::NoValue`. */
  function valueOf(json: Json): Json | undefined {
    if (json === null || typeof json !== "object") return json
    if (isList(json)) return json.map(valueOf).filter((value) => value !== undefined)
    const [call, ...others] = Object.entries(json)
    if (call && others.length === 0 && /^(Ref|Condition|Fn::.*)$/.test(call[0]))
      return invoke(call[0], call[1])
    const members = Object.entries(json).map(([name, value]) => [name, valueOf(value)] as const)
    return Object.fromEntries(members.filter((member): member is [string, Json] => member[1] !== undefined))
  }

  function invoke(name: string, argument: Json): Json | undefined {
    if (name === "Ref") return argument === "AWS::NoValue" ? undefined : reference(text(argument))
    if (name === "Condition") return holds(text(argument))
    if (name === "Fn::If") {
      const [condition, then = null, otherwise = null] = list(argument)
      return valueOf(holds(text(condition)) ? then : otherwise)
    }
    if (name === "Fn::Sub") {
      return text(argument).replaceAll(/\$\{([\w:]+)(?:\.(\w+))?\}/g, (_, id: string, name?: string) =>
        name === undefined ? reference(id) : attribute(id, name),
      )
    }
    const args = list(valueOf(argument))
    switch (name) {
      case "Fn::GetAtt":
        return attribute(text(args[0]), text(args[1]))
      case "Fn::Join":
        return list(args[1]).map(text).join(text(args[0]))
      case "Fn::Split":
        return text(args[1]).split(text(args[0]))
      case "Fn::Select":
        return list(args[1])[Number(args[0])]
      case "Fn::Equals":
        return args[0] === args[1]
      case "Fn::Not":
        return args[0] === false
      case "Fn::And":
        return args.every((arg) => arg === true)
      default:
        throw new Error(`${name} is not evaluated here`)
    }
  }

  function reference(id: string): string {
    const parameter = pseudoParameters[id] ?? parameters[id] ?? template.Parameters?.[id]?.Default
    if (parameter !== undefined) return String(parameter)
    const resource = existing(id)
    return resource.Type === "AWS::Lambda::Function" ? nameOf(id, resource, "FunctionName") : id
  }

  function attribute(id: string, name: string): string {
    const resource = existing(id)
    const { Type: type } = resource
    if (name !== "Arn") return `${id}.${name}`
    const arn = (service: string, rest: string) =>
      `arn:${partition}:${service}:${region}:${accountId}:${rest}`
    const own = (property: string): string => nameOf(id, resource, property)
    if (type === "AWS::Logs::LogGroup") return arn("logs", `log-group:${own("LogGroupName")}:*`)
    if (type === "AWS::Lambda::Function") return arn("lambda", `function:${own("FunctionName")}`)
    if (type === "AWS::CloudWatch::Alarm") return arn("cloudwatch", `alarm:${own("AlarmName")}`)
    if (type === "AWS::IAM::Role") return `arn:${partition}:iam::${accountId}:role/${id}`
    return `${id}.Arn`
  }

  function existing(id: string): TemplateResource {
    const resource = template.Resources[id]
    if (!resource || (resource.Condition !== undefined && !holds(resource.Condition))) {
      throw new Error(`${id} is not in the stack`)
    }
    return resource
  }
}

/** The name that a resource is given, or else its id, of which CloudFormation makes one. */
function nameOf(id: string, { Properties }: TemplateResource, property: string): string {
  return text(Properties?.[property] ?? id)
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

/** The object, or an error: what is looked into must be there. */
export function object(json: Json | undefined): JsonObject {
  if (typeof json === "object" && json !== null && !isList(json)) return json
  throw new Error("the template should have an object here")
}

/** The text, or an error. */
export function text(json: Json | undefined): string {
  if (typeof json === "string") return json
  throw new Error("the template should have text here")
}

/** Properties of all resources of a type. */
export function ofType(stack: StackTemplate, type: string): JsonObject[] {
  return Object.values(stack.resources)
    .filter((resource) => resource.type === type)
    .map(({ properties }) => properties)
}

/** Properties of the one resource of a type. */
export function only(stack: StackTemplate, type: string): JsonObject {
  const [first, ...others] = ofType(stack, type)
  if (!first || others.length > 0) throw new Error(`the stack should have exactly one ${type}`)
  return first
}

/** The list, or an error. */
export function list(json: Json | undefined): readonly Json[] {
  if (isList(json)) return json
  throw new Error("the template should have a list here")
}

import { readFileSync } from "node:fs"
import { parse, YAMLMap, type CollectionTag, type ScalarTag, type YAMLSeq } from "yaml"
import { evaluate, type StackTemplate, type Template } from "./template.ts"

/** The short forms of CloudFormation's functions that the fragments use. */
const shortForms: (ScalarTag | CollectionTag)[] = [
  { tag: "!Ref", resolve: (id: string) => ({ Ref: id }) },
  { tag: "!Condition", resolve: (id: string) => ({ Condition: id }) },
  { tag: "!GetAtt", resolve: (path: string) => ({ "Fn::GetAtt": path.split(".") }) },
  { tag: "!Sub", resolve: (text: string) => ({ "Fn::Sub": text }) },
  ...["If", "Equals", "Not", "And", "Select", "Split"].map((name): CollectionTag => ({
    tag: `!${name}`,
    collection: "seq",
    resolve(args) {
      const call = new YAMLMap<string, YAMLMap.Parsed | YAMLSeq.Parsed>()
      call.set(`Fn::${name}`, args)
      return call
    },
  })),
]

/** A file of `deploy`, as CloudFormation reads it. `change` edits its text first. */
export function readTemplate(path: string, change = (text: string) => text): Template {
  const text = readFileSync(new URL(`../../deploy/${path}`, import.meta.url), "utf8")
  return parse(change(text), { customTags: shortForms }) as Template
}

/** A file of `deploy/fragments`, as the stack that CloudFormation makes of it. */
export function fragment(
  name: string,
  parameters: Readonly<Record<string, string>>,
  change?: (text: string) => string,
): StackTemplate {
  return evaluate(readTemplate(`fragments/${name}`, change), parameters)
}

/** Tells whether CloudFormation would take a value for a parameter of a fragment. */
export function parametersOf(fragmentName: string): (name: string, value: string) => boolean {
  const { Parameters = {} } = readTemplate(`fragments/${fragmentName}`)
  return (name, value) => {
    const parameter = Parameters[name]
    if (!parameter) return false
    const { AllowedPattern = "", AllowedValues = [value] } = parameter
    return new RegExp(AllowedPattern).test(value) && AllowedValues.includes(value)
  }
}

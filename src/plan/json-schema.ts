import type { AnyKind } from '../checks/kind.ts'
import { commonOptions } from './common-options.ts'
import type { JsonSchema, OptionSpec } from './option.ts'
import { settings } from './settings.ts'

/** The JSON Schema (draft 2020-12) of the configuration file, made from the same declarations as the command line. */
export function configSchema(kinds: Readonly<Record<string, AnyKind>>): object {
  const properties: Record<string, object> = { $schema: { type: 'string' } }
  for (const [name, spec] of Object.entries(settings)) {
    properties[name] = { ...describe(spec), default: defaultValue(spec) }
  }
  for (const [name, kind] of Object.entries(kinds)) {
    const target = { $ref: `#/$defs/${name}` }
    properties[name] = {
      description: `ready when ${kind.summary}`,
      oneOf: [{ type: 'array', items: target }, target],
    }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'readywhen configuration',
    type: 'object',
    additionalProperties: false,
    properties,
    $defs: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, targetSchema(kind)])),
  }
}

function targetSchema(kind: AnyKind): object {
  const options = Object.entries({ ...kind.options, ...commonOptions }).map(([name, spec]) => [
    name,
    describe(spec),
  ])
  return {
    description: `ready when ${kind.summary}`,
    examples: [...kind.examples],
    oneOf: [
      {
        type: 'string',
        description: `${kind.placeholder}, options behind a #`,
      },
      {
        type: 'object',
        required: ['target'],
        additionalProperties: false,
        properties: {
          target: { type: 'string', description: kind.placeholder },
          ...Object.fromEntries(options),
        },
      },
    ],
  }
}

function describe(spec: OptionSpec<unknown>): object {
  const one: JsonSchema = { ...spec.schema, description: spec.summary }
  if (!spec.repeats) return one
  return {
    description: spec.summary,
    oneOf: [spec.schema, { type: 'array', items: spec.schema }],
  }
}

function defaultValue(spec: {
  readonly default: string
  readonly schema: JsonSchema
}): string | number | boolean {
  if (spec.schema.type === 'boolean') return spec.default === 'true'
  return spec.schema.type === 'integer' ? Number(spec.default) : spec.default
}

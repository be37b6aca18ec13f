import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commonOptions } from '../../src/plan/common-options.ts'
import { configSchema } from '../../src/plan/json-schema.ts'
import type { JsonSchema } from '../../src/plan/option.ts'
import { settings } from '../../src/plan/settings.ts'
import { bell, door } from './sample-kinds.ts'

interface Schema extends JsonSchema {
  readonly $schema?: string
  readonly $ref?: string
  readonly default?: unknown
  readonly examples?: readonly string[]
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly $defs?: Readonly<Record<string, Schema>>
}

const schema = configSchema({ door, bell }) as Schema
const properties = schema.properties ?? {}
const doorTarget = schema.$defs?.['door']?.oneOf?.[1]

/** Checks a value by the few words of JSON Schema that are in use. */
function accepts(rule: Schema, value: unknown): boolean {
  if (rule.$ref !== undefined) {
    const found = schema.$defs?.[rule.$ref.replace('#/$defs/', '')]
    assert.ok(found !== undefined, rule.$ref)
    return accepts(found, value)
  }
  if (rule.oneOf !== undefined) return rule.oneOf.filter((one) => accepts(one, value)).length === 1
  if (rule.enum !== undefined && !rule.enum.some((one) => one === value)) return false
  const types = [rule.type ?? []].flat()
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) return false
  if (typeof value === 'string')
    return rule.pattern === undefined || new RegExp(rule.pattern, 'u').test(value)
  if (typeof value === 'number') return rule.minimum === undefined || value >= rule.minimum
  if (Array.isArray(value))
    return value.every((item) => rule.items === undefined || accepts(rule.items, item))
  if (typeof value !== 'object' || value === null) return true
  const known = rule.properties ?? {}
  return (
    (rule.required ?? []).every((key) => Object.hasOwn(value, key)) &&
    Object.entries(value).every(([key, item]) => {
      const inner = known[key]
      return inner === undefined ? rule.additionalProperties !== false : accepts(inner, item)
    })
  )
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === type
}

describe('the JSON Schema of the configuration file', () => {
  test('has every setting with its summary and its default', () => {
    for (const [name, spec] of Object.entries(settings)) {
      assert.equal(properties[name]?.description, spec.summary, name)
      assert.ok(accepts(properties[name] ?? {}, properties[name]?.default), name)
    }
    assert.equal(properties['timeout']?.default, '5m')
    assert.equal(properties['successes']?.default, 1)
    assert.equal(properties['any']?.default, false)
  })

  test('has every kind with its options and those of all kinds', () => {
    assert.deepEqual(Object.keys(schema.$defs ?? {}), ['door', 'bell'])
    const names = Object.keys(doorTarget?.properties ?? {})
    assert.deepEqual(names, ['target', ...Object.keys(door.options), ...Object.keys(commonOptions)])
    assert.equal(doorTarget?.properties?.['colour']?.description, 'colour of the door')
    assert.deepEqual(schema.$defs?.['bell']?.examples, ['--bell hall'])
  })

  const taken: unknown[] = [
    {},
    { $schema: './readywhen.schema.json', timeout: '1m30s', any: true, log: 'json', 'attempt-timeout': 2.5 },
    { door: 'front', bell: ['hall', 'kitchen#name=k'] },
    { door: { target: 'front', colour: 'red' } },
    { door: [{ target: 'front', width: 10, tag: ['a', 'b'], 'open-wide': true, until: 'down' }, 'back'] },
    { door: [{ target: 'front', tag: [7, 'a'], code: 1234 }] },
    { door: [{ target: 'front', tag: 'a', timeout: 2, successes: 3 }] },
  ]
  for (const config of taken) {
    test(`takes ${JSON.stringify(config)}`, () => assert.ok(accepts(schema, config)))
  }

  const refused: unknown[] = [
    [],
    'front',
    { tiemout: '1s' },
    { timeout: 'soon' },
    { timeout: '1m30' },
    { log: 'xml' },
    { successes: 0 },
    { any: 'perhaps' },
    { door: 7 },
    { door: [{ colour: 'red' }] },
    { door: [{ target: 'front', color: 'red' }] },
    { door: [{ target: 'front', colour: 'blue' }] },
    { door: [{ target: 'front', width: 9 }] },
    { bell: [{ target: 'hall', colour: 'red' }] },
  ]
  for (const config of refused) {
    test(`refuses ${JSON.stringify(config)}`, () => assert.ok(!accepts(schema, config)))
  }
})

import type { AnyKind, BoundTarget } from '../../src/checks/kind.ts'

/** Binds a target with options as they are written; several values of one option in a list. */
export function bind(
  kind: AnyKind,
  target: string,
  options: Readonly<Record<string, string | readonly string[]>> = {},
): BoundTarget {
  const values: Record<string, unknown> = {}
  for (const [name, written] of Object.entries(options)) {
    const spec = kind.options[name]
    if (spec === undefined) throw new Error(`no option ${name}`)
    const parsed = [written].flat().map((text) => spec.parse(text))
    values[name] = spec.repeats ? parsed.flat() : parsed[0]
  }
  return kind.bind(target, values, {
    env: {},
    readFile: () => {
      throw new Error('reads no file')
    },
  })
}

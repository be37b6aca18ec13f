import type { AnyKind, BoundTarget } from '../../src/checks/kind.ts'
import { parseCheckOptions } from '../../src/plan/check-options.ts'
import { splitTargetText } from '../../src/plan/target-text.ts'
import { UsageError } from '../../src/plan/usage-error.ts'

/** Binds a target written as on the command line; `files` are those that options with `@path` may read. */
export function bound(
  kind: AnyKind,
  text: string,
  files: Readonly<Record<string, string>> = {},
): BoundTarget {
  const { target, options } = splitTargetText(text)
  const { own } = parseCheckOptions('it', kind.options, { target, options })
  return kind.bind(target, own, {
    env: {},
    readFile(path) {
      const content = files[path]
      if (content === undefined) throw new UsageError(`cannot read ${path}`)
      return content
    },
  })
}

import { join } from 'node:path'
import type { AnyKind } from '../../src/checks/kind.ts'
import { kindHelp, programHelp } from '../../src/help.ts'
import { commonOptions } from '../../src/plan/common-options.ts'
import { configSchema } from '../../src/plan/json-schema.ts'
import { settings } from '../../src/plan/settings.ts'

const root = join(import.meta.dirname, '../..')
export const readmePath = join(root, 'README.md')
export const schemaPath = join(root, 'examples/config/readywhen.schema.json')

/** The parts of the README that follow from declarations, by the name of their marker. */
export function readmeParts(kinds: Readonly<Record<string, AnyKind>>): Record<string, string> {
  const flags = Object.entries(kinds).map(([name, kind]) => [
    `\`--${name} ${kind.placeholder}\``,
    kind.summary,
  ])
  return {
    kinds: table(['flag', 'ready when'], flags),
    options: optionsTable(kinds),
    flags: table(
      ['flag', 'default', 'meaning'],
      [
        ...Object.entries(settings).map(([name, spec]) => [
          `\`--${name}\``,
          spec.placeholder === undefined ? 'off' : `\`${spec.default}\``,
          spec.summary,
        ]),
        ['`--config`', '', 'YAML or JSON file; flags add to it'],
        ['`--version`, `--help [kind]`', '', 'print and exit'],
      ],
    ),
    help: [fenced(programHelp(kinds)), ...Object.keys(kinds).map((name) => helpOf(name, kinds))].join('\n\n'),
  }
}

/** The JSON Schema of the configuration file, as it is shipped. */
export function schemaText(kinds: Readonly<Record<string, AnyKind>>): string {
  return `${JSON.stringify(configSchema(kinds), undefined, 2)}\n`
}

/** Puts generated parts between their markers; throws when a marker is missing. */
export function withParts(readme: string, parts: Readonly<Record<string, string>>): string {
  let text = readme
  for (const [name, part] of Object.entries(parts)) {
    const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [before, rest] = text.split(opening)
    const after = rest?.split(closing)[1]
    if (before === undefined || after === undefined) throw new Error(`README has no markers ${opening}`)
    text = `${before}${opening}\n${part}\n${closing}${after}`
  }
  return text
}

function optionsTable(kinds: Readonly<Record<string, AnyKind>>): string {
  const rows = new Map<string, { kinds: string[]; term: string; summary: string }>()
  const add = (kind: string, name: string, placeholder: string | undefined, summary: string): void => {
    const key = `${name} ${summary}`
    const term = placeholder === undefined ? `\`${name}\`` : `\`${name}=\``
    const row = rows.get(key) ?? { kinds: [], term, summary }
    row.kinds.push(kind)
    rows.set(key, row)
  }
  for (const [name, spec] of Object.entries(commonOptions)) add('all', name, spec.placeholder, spec.summary)
  for (const [kind, { options }] of Object.entries(kinds)) {
    for (const [name, spec] of Object.entries(options)) add(kind, name, spec.placeholder, spec.summary)
  }
  return table(
    ['option', 'kinds', 'meaning'],
    [...rows.values()].map((row) => [row.term, row.kinds.join(', '), row.summary]),
  )
}

function helpOf(name: string, kinds: Readonly<Record<string, AnyKind>>): string {
  return `<details><summary><code>readywhen --help ${name}</code></summary>\n\n${fenced(kindHelp(name, kinds))}\n\n</details>`
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

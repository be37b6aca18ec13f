/**
 * Puts the positions of the sources into a stack that a binary printed:
 *
 *     node src/runtime/pack/trace.ts dist/readywhen.maps.json < report.txt
 *
 * The maps must be those of the same build: the names of the chunks say so.
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import process from 'node:process'
import type { Chunk } from './bundle.ts'

/** The maps of all chunks as the text of one file. */
export function mapsOf(chunks: readonly Chunk[]): string {
  const sorted = chunks.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return `${JSON.stringify(Object.fromEntries(sorted.map(({ name, map }) => [name, JSON.parse(map)])))}\n`
}

/** Replaces `chunk.js:1:234` by the file, line and column of the source, where the maps know it. */
export function translate(stack: string, maps: Readonly<Record<string, SourceMapPayload>>): string {
  return stack.replace(
    /([\w-]+\.js):(\d+):(\d+)/g,
    (position, name: string, line: string, column: string) => {
      const payload = maps[name]
      if (payload === undefined) return position
      const entry = new SourceMap(payload).findEntry(Number(line) - 1, Number(column) - 1)
      if (!('originalSource' in entry)) return position
      const file = entry.originalSource.replace(/^(?:\.\.\/)+/, '')
      return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
    },
  )
}

if (process.argv[1] === import.meta.filename) {
  const maps = JSON.parse(readFileSync(process.argv[2] ?? 'dist/readywhen.maps.json', 'utf8'))
  process.stdout.write(translate(readFileSync(0, 'utf8'), maps))
}

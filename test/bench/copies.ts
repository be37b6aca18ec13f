import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Contestant } from './contestants.ts'

/**
 * Copies the programs that are one file, and gives the contestants as they run from there. Two files of the same bytes
 * differ by up to a quarter in what their start costs, by the way they came into the page cache: so all come into
 * it in the same way, and anew in each round. What is many files (Node, the shell) stays where it is.
 */
export function freshCopies(
  contestants: readonly Contestant[],
  directory: string,
): ReadonlyMap<Contestant, Contestant> {
  return new Map(contestants.map((each, i) => [each, copied(each, join(directory, `${i}`))]))
}

function copied(contestant: Contestant, directory: string): Contestant {
  const [file, ...more] = contestant.files
  if (file === undefined || more.length > 0) return contestant
  mkdirSync(directory)
  const copy = join(directory, basename(file))
  copyFileSync(file, copy)
  // written back now, not while something is timed
  const descriptor = openSync(copy, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
  return { ...contestant, files: [copy], command: [copy, ...contestant.command.slice(1)] }
}

import { UsageError } from './usage-error.ts'

/** A text somebody gave, and where, as an error names it: `--timeout`, `READYWHEN_TIMEOUT`, `timeout in wait.yaml`. */
export interface Given {
  readonly text: string
  readonly origin: string
}

/** Where a target stood in a list that was split. */
export interface ListPlace {
  /** Counted from 1. */
  readonly number: number
  /** What stood before it on its line: it may be the rest of that. */
  readonly before: string | undefined
}

/** A target somebody gave; a configuration file may give options apart from it. */
export interface GivenTarget extends Given {
  readonly kind: string
  /** Absent where nothing was split. */
  readonly listed?: ListPlace
  readonly options: readonly {
    readonly name: string
    readonly value: string
  }[]
}

/** All that was given by one source (command line, variables, file). */
export interface Source {
  readonly targets: readonly GivenTarget[]
  readonly settings: ReadonlyMap<string, Given>
}

/** Runs a parser; what it refuses is said with the place it came from in front. */
export function from<T>(origin: string | (() => string), parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof UsageError) throw error.from(typeof origin === 'string' ? origin : origin())
    throw error
  }
}

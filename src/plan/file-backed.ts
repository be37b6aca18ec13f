import { Failure } from '../checks/failure.ts'
import type { Attempt, BoundTarget, Ready } from '../checks/kind.ts'
import type { CheckOptions } from './check-options.ts'
import { FileProblem, versionOf } from './mounted-file.ts'
import type { Secret } from './secret.ts'
import { UsageError } from './usage-error.ts'

/** What the text of a target came to. */
export interface Binding {
  readonly target: BoundTarget
  readonly options: CheckOptions
}

/** Makes a binding; what it reads on the way goes through `readFile`. Throws `UsageError`. */
export type Bind = (readFile: (path: string) => string) => Binding

/** Reads files and notes which they were, and in which state. */
export class FileNotes {
  readonly versions = new Map<string, string>()
  readonly #readFile: (path: string) => string

  constructor(readFile: (path: string) => string) {
    this.#readFile = readFile
  }

  readonly read = (path: string): string => {
    this.versions.set(path, versionOf(path))
    return this.#readFile(path)
  }

  get key(): string {
    return Array.from(this.versions, ([path, version]) => `${path} ${version}`).join('\n')
  }
}

/**
 * A target of which a part stands in files (`@/path`). A file that is not there, or empty, is waited for; one that has
 * changed is read again, as mounted Secrets are renewed.
 */
export class FileBackedTarget implements BoundTarget {
  readonly shown: string
  readonly secrets: readonly Secret[]
  readonly #bind: Bind
  readonly #readFile: (path: string) => string
  readonly #learn: (secrets: readonly Secret[]) => void
  #binding: Binding
  #bound: boolean
  #versions: ReadonlyMap<string, string>
  #refused = ''

  /**
   * @param first what is known at the start; `bound` tells that nothing of it is missing
   * @param learn is told the secrets that come later, before anything is done with them
   */
  constructor(
    first: Binding & { readonly bound: boolean },
    notes: FileNotes,
    bind: Bind,
    readFile: (path: string) => string,
    learn: (secrets: readonly Secret[]) => void,
  ) {
    this.shown = first.target.shown
    this.secrets = [...first.target.secrets, ...first.options.secrets]
    this.#binding = first
    this.#bound = first.bound
    this.#versions = notes.versions
    this.#bind = bind
    this.#readFile = readFile
    this.#learn = learn
  }

  /** As far as they are known by now. */
  get options(): CheckOptions {
    return this.#binding.options
  }

  /** Rejects with `UsageError` when a file that came late holds what cannot be read. */
  async probe(attempt: Attempt): Promise<Ready> {
    if (!this.#bound || this.#hasChanged()) this.#bindAgain()
    return this.#binding.target.probe(attempt)
  }

  #hasChanged(): boolean {
    return Array.from(this.#versions).some(([path, version]) => versionOf(path) !== version)
  }

  #bindAgain(): void {
    const notes = new FileNotes(this.#readFile)
    try {
      const binding = this.#bind(notes.read)
      this.#learn([...binding.target.secrets, ...binding.options.secrets])
      this.#binding = binding
      this.#bound = true
      this.#versions = notes.versions
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      // What was good once is better than half of what is being written.
      if (!this.#bound) throw this.#failure(error, notes.key)
    }
  }

  #failure(error: UsageError, state: string): Error {
    if (error instanceof FileProblem) {
      return new Failure({ code: error.code, reason: error.reason, lasting: !error.isNotYet })
    }
    // It may have been read while it was written: a mistake is what stays as it is.
    if (this.#refused === state) return error
    this.#refused = state
    return new Failure({ code: 'NO_TARGET', reason: 'its file holds no target that can be read yet' })
  }
}

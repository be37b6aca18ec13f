/**
 * A mistake in the command line, a variable or the configuration file: exit code 2, and nothing was contacted.
 * The message is one line that says what is wrong and what is allowed; whoever throws it keeps secrets out of it.
 */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'

  /** The same mistake, said with the place it came from in front. */
  from(origin: string): UsageError {
    return new UsageError(`${origin} ${this.message}`)
  }
}

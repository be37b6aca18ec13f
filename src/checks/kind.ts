import type { OptionSet, OptionValues } from '../plan/option.ts'
import type { Secret } from '../plan/secret.ts'

/** A parsed target: what a probe needs, with what may be shown kept apart from what may not. */
export interface Target {
  /** The safe description, in the form the user wrote: `postgres://app@db:5432/app`. */
  readonly shown: string
  /** Every secret the target holds, so that one which a peer says back can be masked. */
  readonly secrets: readonly Secret[]
}

/** What a kind may look at while it parses; it does nothing else to the outside world. */
export interface ParseContext {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a text file; throws `UsageError` when it cannot. */
  readFile(path: string): string
}

/** One attempt, as a probe sees it. */
export interface Attempt {
  /** Aborted when the attempt's time is over or nobody waits for it any more: close everything, then reject. */
  readonly signal: AbortSignal
  /** How long the attempt may take in all, in milliseconds; a resolver shares it out among its servers. */
  readonly timeoutMs?: number
  /** Says what the probe waits for now ("the TLS handshake"), so that a timeout can say it, and the usual cause of one. */
  waitingFor(phase: string, hint?: string): void
  /** Says that the peer has spoken: from here on a timeout is no longer "not answering". */
  heard(): void
}

/** What a successful attempt found. */
export interface Ready {
  /** A few words worth a place in the log: `200 OK`, `PostgreSQL 17.2, primary`. Holds no secret. */
  readonly detail?: string
}

/**
 * A kind of check: all that readywhen knows about one protocol. Declarations first (help, validation and JSON Schema
 * are made from them), then a pure `parse`, then `probe`: one attempt, without clock, retry or output.
 */
export interface CheckKind<O extends OptionSet, T extends Target> {
  /** How the target is written in help: `host:port`. */
  readonly placeholder: string
  /** Completes "ready when …". */
  readonly summary: string
  /** Whole command lines' worth of one flag, first the plainest. */
  readonly examples: readonly [string, ...string[]]
  /** The options that only some kinds have; those that all have are added elsewhere. */
  readonly options: O
  /** A target may hold a password, so a text that cannot be read may be one. */
  readonly hasCredentials?: boolean
  /**
   * What separates targets in the wrong way (a comma, a semicolon, a bar or white space), with the beginning of the next
   * one; matched against a target as written.
   */
  readonly next?: RegExp
  /** Splits a variable that holds several targets; by white space where a kind does not say otherwise. */
  readonly splitList?: (text: string) => readonly string[]
  /** Pure; throws `UsageError` with what is wrong ("has no port"), without the target itself. */
  parse(target: string, options: OptionValues<O>, context: ParseContext): T
  /** Resolves when ready, rejects with `Failure`; leaves nothing open either way. */
  probe(target: T, attempt: Attempt): Promise<Ready>
}

/** A target bound to the probe of its kind: what the engine runs. */
export interface BoundTarget extends Target {
  probe(attempt: Attempt): Promise<Ready>
}

/** A kind with its types closed over, so that kinds of every type can stand in one list. */
export interface AnyKind extends Omit<CheckKind<OptionSet, Target>, 'parse' | 'probe'> {
  bind(target: string, options: Readonly<Record<string, unknown>>, context: ParseContext): BoundTarget
}

/** Closes a kind over its types. The option values must come from its own declarations. */
export function defineKind<O extends OptionSet, T extends Target>(kind: CheckKind<O, T>): AnyKind {
  const { parse, probe, ...declarations } = kind
  return {
    ...declarations,
    bind(raw, options, context) {
      const target = parse(raw, options as OptionValues<O>, context)
      return { shown: target.shown, secrets: target.secrets, probe: (attempt) => probe(target, attempt) }
    },
  }
}

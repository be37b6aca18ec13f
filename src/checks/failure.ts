/** What one attempt found wrong, said once, in the words of its protocol; all that the rest of the program knows. */
export interface FailureDetail {
  /** A stable word for machines: a system code (`ECONNREFUSED`), an SQLSTATE (`28P01`), `HTTP_503`, `DNS_NXDOMAIN`. */
  readonly code: string
  /** What a person reads; holds no secret and no line break. */
  readonly reason: string
  /** The usual cause, where there is one. */
  readonly hint?: string | undefined
  /** Waiting alone will not change it (a wrong password): retried only within `--grace`. */
  readonly lasting?: boolean
  /** A login was turned down, for which servers lock accounts: it is tried again seldom. */
  readonly rejectsLogin?: boolean
  /** The peer is not there at all (refused, unreachable, no such name): what `until=down` waits for. */
  readonly down?: boolean
}

/** An attempt that did not find its target ready. Every probe rejects with one of these; anything else is a bug. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string
  readonly reason: string
  readonly hint: string | undefined
  readonly lasting: boolean
  readonly rejectsLogin: boolean
  readonly down: boolean

  constructor(detail: FailureDetail) {
    super(detail.reason)
    this.code = detail.code
    this.reason = detail.reason
    this.hint = detail.hint
    this.lasting = detail.lasting ?? false
    this.rejectsLogin = detail.rejectsLogin ?? false
    this.down = detail.down ?? false
  }
}

/**
 * The contract between the Rust host (`../host`) and the `node:*` modules beside this file: every way in which the
 * program can touch the outside world. The host holds no policy: no retries, no timeouts, no default that a caller
 * might want otherwise.
 *
 * Two sorts of primitives:
 * - Synchronous ones return their result or throw a `HostError`.
 * - Asynchronous ones take a `Ticket` first, a number that the caller chose. The host answers it once through
 *   `Loop.complete(ticket, error, value)`, never from inside the call itself; those marked *repeating* answer any number
 *   of times. What belongs to a handle is not answered any more once `close(handle)` has returned.
 *
 * Between two calls into JavaScript the host drains the microtasks and asks `Loop.settle()` what comes next. It neither
 * counts what keeps the program alive nor knows timers, ticks or immediates: all that is the loop's.
 *
 * Bytes are given as `Uint8Array`s (views are fine; they are copied before the call returns) and received as
 * `ArrayBuffer`s that belong to the receiver. Times are milliseconds, with fractions where the clock has them.
 */

import type {
  Certificate,
  Datagram,
  Ends,
  FileStatus,
  HashName,
  TlsOptions,
  TlsSession,
  UrlPart,
  UrlParts,
  Verification,
} from './host-data.ts'

export type * from './host-data.ts'

/** A number (1 to 2^32-1, not used by another operation under way) under which the answer of type `T` will come. */
export type Ticket<T> = number & { readonly __answer?: T }

/** A connection or a datagram socket; numbers are not used twice. */
export type Handle = number & { readonly __handle?: never }

/**
 * What the host throws, and hands to `complete`: `code` as Node names it (`ECONNREFUSED`, `ERR_SSL_…`,
 * `CERT_HAS_EXPIRED`), `errno` negative as in Node and only for errors of the system, `message` in the system's or
 * the TLS library's words, without syscall, path or address: whoever called knows those.
 */
export interface HostError extends Error {
  readonly code: string
  readonly errno?: number
}

/** What the host shall do when the microtasks are drained. */
export const Next = {
  /** Nothing keeps the program alive: the host calls `finished`. */
  Done: 0,
  /** Sleep until something completes or `wakeIn` is over. */
  Wait: 1,
  /** Immediates are due: look for completions without sleeping, then call `tick`. */
  Poll: 2,
  /** Ticks ran: drain the microtasks, then ask again. */
  Again: 3,
} as const

/** What the host calls. None of these may throw: an error that comes out of one ends the process with exit code 70. */
export interface Loop {
  /**
   * The program begins. All that ran before, which is the top level of modules, may have run while the program was built,
   * in another process on another machine: only primitives that depend on nothing but their arguments could be called.
   */
  begin(): void
  /** An operation has its answer: an error, or (when that is undefined) a value. */
  complete(ticket: number, error: HostError | undefined, value: unknown): void
  /** `wakeIn` is over, or `settle` said `Poll`: run the timers and immediates that are due. */
  tick(): void
  /** Run next ticks, report unhandled rejections, say what comes next. */
  settle(): (typeof Next)[keyof typeof Next]
  /** A promise was rejected without a handler, or (`handled`) got one late. */
  rejection(promise: Promise<unknown>, reason: unknown, handled: boolean): void
  /** `settle` said `Done`. The process ends with code 0 unless this calls `exit` with another. */
  finished(): void
}

export interface Host {
  /** Says who runs the event loop; called once, by the first module, before anything asynchronous. */
  attach(loop: Loop): void
  /** Runs a chunk of the payload (once) and gives its exports: what `import('./name.js')` is rewritten to. */
  load(chunk: string): Promise<Record<string, unknown>>

  // --- the process
  /** The program's name and its arguments. Bytes that are not UTF-8 survive the way to `execve` and nothing else. */
  args(): string[]
  /** Where the running binary lies, empty when that cannot be found out. */
  execPath(): string
  pid(): number
  /** From 0 to below 1, and not to be foreseen: what `Math.random` gives. */
  random(): number
  /** As Node names it. */
  readonly arch: 'x64' | 'arm64'
  /** The environment as it was at the start. */
  env(): Record<string, string>
  cwd(): string
  hostname(): string
  /** The effective user. */
  uid(): number
  /** Highest resident set so far, in KiB. */
  maxRss(): number
  /** Ends the process at once: nothing is flushed, nothing is called back. */
  exit(code: number): never
  /**
   * Becomes another program: `file` is the path of it (no search in PATH), `argv[0]` its name, `env` "NAME=value" texts.
   * Signals that this process caught or held back, and SIGPIPE, have their defaults again; of descriptors only 0 to 2 are
   * passed on, as they were found. Returns only by throwing: ENOENT, EACCES, ENOEXEC, E2BIG …
   */
  execve(file: string, argv: readonly string[], env: readonly string[]): never
  /** *Repeating*, without a value: the signal of this number came. It has no other effect from now on. */
  onSignal(ticket: Ticket<undefined>, signal: number): void
  /**
   * Writes all bytes to a descriptor, waiting for a slow reader; throws EPIPE when that has gone (no signal is raised),
   * EAGAIN when it took nothing for a second (what was taken until then stays written).
   */
  write(fd: number, data: Uint8Array): void
  /** Writes what a descriptor takes without waiting; gives the number of bytes, throws EAGAIN when that is none. */
  writeSome(fd: number, data: Uint8Array): number
  isTTY(fd: number): boolean
  /** A terminal's columns and rows, zeros where there is none. */
  windowSize(fd: number): readonly [columns: number, rows: number]

  // --- time
  /** A monotonic clock: milliseconds since the process started. */
  now(): number
  /** How long the loop has slept so far for want of anything to do, in milliseconds. */
  idle(): number
  /** What this thread has used of the processor, in microseconds. */
  cpu(): readonly [user: number, system: number]
  /** Call `tick` after this many milliseconds, instead of what was said before; a negative number: not at all. */
  wakeIn(ms: number): void

  // --- files (all at once: what they work on is small)
  /** Reads a whole file. A FIFO or a device is never waited for. Throws EFBIG when there are more than `limit` bytes. */
  readFile(path: string, limit?: number): ArrayBuffer
  /** The first `length` bytes, fewer where the file is shorter. */
  readStart(path: string, length: number): ArrayBuffer
  /** access(2), for the real user. Throws ENOENT, EACCES … */
  access(path: string, mode: number): void
  chmod(path: string, mode: number): void
  /** `w` makes or empties the file, `a` makes or extends it, `r+` writes over one that must exist and empties it first. */
  writeFile(path: string, data: Uint8Array, flag: 'w' | 'a' | 'r+', mode?: number): void
  /** Follows links. Throws ENOENT, EACCES, ENOTDIR … */
  stat(path: string): FileStatus
  realpath(path: string): string
  /** Copies a regular file; the copy has exactly this mode. */
  copyFile(from: string, to: string, mode: number): void
  rename(from: string, to: string): void
  unlink(path: string): void

  // --- connections
  /** Opens a TCP connection to an address literal (`fe80::1%eth0` too); never resolves names. */
  connectTcp(ticket: Ticket<Ends>, address: string, port: number): Handle
  /** Opens a stream to a Unix socket; a path that starts with NUL is an abstract one. */
  connectUnix(ticket: Ticket<Ends>, path: string): Handle
  /** The next bytes that come, at most 16 KiB, or undefined at the end of the stream. One at a time. */
  read(ticket: Ticket<ArrayBuffer | undefined>, handle: Handle): void
  /** Takes back the read under way, whose ticket is then not answered; false when there is none, or its answer is on its way. */
  cancelRead(handle: Handle): boolean
  /**
   * Sends all bytes. One at a time, and not while a shutdown is under way. What the system takes at once is handed to it
   * within the call; true when that was all of it, and the ticket is then not answered.
   */
  send(ticket: Ticket<undefined>, handle: Handle, data: Uint8Array): boolean
  /** Ends the sending side: close_notify on TLS, then FIN. */
  shutdown(ticket: Ticket<undefined>, handle: Handle): void
  /** Drops the connection or socket at once; `reset` sends RST instead of FIN. Handles that are gone are ignored. */
  close(handle: Handle, reset?: boolean): void
  setNoDelay(handle: Handle, on: boolean): void
  /** `delay`: seconds of silence before the first probe, 0 for the system's default. */
  setKeepAlive(handle: Handle, on: boolean, delay: number): void

  // --- TLS
  /**
   * Makes a connection a TLS one, in place: the same handle then carries the plain text. No read may be under way.
   * Errors: `ERR_SSL_WRONG_VERSION_NUMBER` (no TLS spoken there), `ERR_SSL_…_ALERT_…` (the peer's alert, Node's name),
   * ECONNRESET (closed in the middle: without an `errno`), `ERR_OSSL_PEM_…`, the codes of `Verification` with `reject`. What
   * is a lack of the host: `ERR_TLS_UNSUPPORTED_KEY` (the peer's) and `…_CLIENT_KEY`, with the kind of the key as the
   * message; `…_CERTIFICATE`; `…_OFFER` (nothing in common). After an error the handle can only be closed. Alerts that come later fail a `read` with the same codes.
   */
  tls(ticket: Ticket<TlsSession>, handle: Handle, options: TlsOptions): void
  /** Checks the certificate chain of a TLS connection, chain and name apart. */
  verifyPeer(handle: Handle): Verification
  /** The peer's own certificate, undefined before the handshake. */
  peerCertificate(handle: Handle): Certificate | undefined

  // --- datagrams
  /**
   * Opens a UDP socket on a free port of all addresses of a family and receives, *repeating*: each datagram (at most
   * 16 KiB) or an error that does not end it (ECONNREFUSED by ICMP, of a connected one) until `close`.
   */
  udp(ticket: Ticket<Datagram>, family: 4 | 6): Handle
  /** Fixes the peer: datagrams of others are dropped by the system. */
  udpConnect(handle: Handle, address: string, port: number): void
  /** Sends one datagram to the fixed peer, or to an address. */
  udpSend(handle: Handle, data: Uint8Array, address?: string, port?: number): void

  // --- cryptography
  hash(name: HashName, data: Uint8Array): ArrayBuffer
  /** Not for md5. */
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): ArrayBuffer
  /** Worked on in slices between other events, so that a server that asks for a billion rounds stops nobody else. */
  pbkdf2(
    ticket: Ticket<ArrayBuffer>,
    name: HashName,
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    length: number,
  ): void
  /** Stops a `pbkdf2`: its ticket is not answered. */
  cancelPbkdf2(ticket: number): void
  randomBytes(length: number): ArrayBuffer

  // --- certificates in files
  /** Reads all certificates of a PEM text or one in DER; throws `ERR_OSSL_PEM_NO_START_LINE`, `ERR_OSSL_ASN1_…`. */
  readCertificates(data: Uint8Array): Certificate[]
  /** The certificate is for this name or address, by its alternative names (RFC 6125; common names do not count). */
  certificateIsFor(der: Uint8Array, name: string): boolean
  /**
   * The certificate's public key belongs to the private key in this PEM text. Throws when that cannot be read
   * (`ERR_OSSL_UNSUPPORTED`), is locked (`ERR_MISSING_PASSPHRASE`) or does not tell (`ERR_TLS_UNSUPPORTED_KEY`).
   */
  certificateMatchesKey(der: Uint8Array, keyPem: Uint8Array): boolean

  // --- text
  /** Invalid bytes become U+FFFD, or with `fatal` throw ERR_ENCODING_INVALID_ENCODED_DATA. A BOM is kept. */
  utf8Decode(data: Uint8Array, fatal?: boolean): string
  /** Lone surrogates become U+FFFD. */
  utf8Encode(text: string): ArrayBuffer
  /** The parts of a URL by the WHATWG standard (hosts in ASCII only), or undefined when it is none. */
  urlParse(text: string, base?: string): UrlParts | undefined
  /** Sets one part as the setter of a URL object does: what is not valid changes nothing. */
  urlSet(href: string, part: UrlPart, value: string): UrlParts | undefined
}

declare global {
  /** Put there by the host before the first module runs. */
  var __host: Host
}

export const host: Host = globalThis.__host

import { isIP, type Socket } from 'node:net'
import tls from 'node:tls'
import { flagOption, type OptionValues, option } from '../../plan/option.ts'
import { printable } from '../../plan/secret.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { Failure } from '../failure.ts'
import { filePath } from '../file-path.ts'
import type { Attempt } from '../kind.ts'
import { hostName } from './host-name.ts'
import { closedByPeer } from './system-failure.ts'
import { handshakeFailure } from './tls-alert.ts'
import { isThere, readPem, systemRoots } from './tls-files.ts'
import { unsupportedError, unsupportedFailure } from './tls-unsupported.ts'
import { type Demand, verdict } from './verdict.ts'

/** The options of every kind that can speak TLS. */
export const tlsOptions = {
  ca: option({
    summary: 'trust the authorities in this PEM file instead of the system',
    placeholder: 'path',
    parse: filePath,
  }),
  cert: option({ summary: 'client certificate (PEM)', placeholder: 'path', parse: filePath }),
  key: option({ summary: 'its private key (PEM)', placeholder: 'path', parse: filePath }),
  servername: option({
    summary: 'name to ask for and to verify, instead of the host',
    placeholder: 'host',
    parse: hostName,
  }),
  insecure: flagOption('accept any certificate'),
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** How one connection is secured; `ca`, `cert` and `key` are paths, read at each attempt. */
export interface TlsSettings {
  readonly ca?: string
  readonly cert?: string
  /** Where it is absent, the key is looked for in the file of `cert`. */
  readonly key?: string
  readonly servername?: string
  /** Absent, the name is sent to the server (SNI), which may choose its certificate by it. */
  readonly sni?: false
  /** Bounds of the protocol version; without them it is 1.2 or 1.3. */
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  /**
   * `ca` verifies the chain but not the name, as libpq's `verify-ca` does; `none` verifies nothing; `ca if there` is one of
   * these, by whether the file of `ca` exists at the attempt.
   */
  readonly verify: Demand['verify'] | 'ca if there'
  /** The common name counts where there is no alternative name, as with libpq. */
  readonly commonName?: true
}

/** Makes settings of the options; throws `UsageError` for those that contradict each other. */
export function tlsSettings(values: OptionValues<typeof tlsOptions>): TlsSettings {
  const { ca, cert, key, servername, insecure } = values
  if (insecure && ca !== undefined)
    throw new UsageError('has both insecure and ca=: nothing would be verified')
  if (key !== undefined && cert === undefined) throw new UsageError('has key= without cert=')
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
    verify: insecure ? 'none' : 'full',
  }
}

/**
 * Does a TLS handshake over a connected socket and verifies the peer; only then is the TLS socket given away, so nothing
 * is ever written to an unverified peer. Rejects with `Failure`, the socket destroyed. The socket that is given destroys
 * the one below when it closes, and never emits an unhandled `error`.
 *
 * `tls.connect` is told `rejectUnauthorized: false` and its verdict is looked at here, because Node throws the
 * certificate away when it rejects itself, and its dates and names are what a person needs to know. What is used of it:
 * `connect({ socket, host, servername, ca, cert, key, ALPNProtocols, minVersion, maxVersion, rejectUnauthorized })`, the
 * events `secureConnect`, `error` and `close`, `authorized`, `authorizationError`, and of `getPeerCertificate()` `subject.CN`, `issuer.CN`,
 * `subjectaltname`, `valid_from` and `valid_to`. As Node documents, the name is looked at only when the chain is good.
 */
export async function secure(
  socket: Socket,
  host: string,
  asked: TlsSettings,
  attempt: Attempt,
  alpn?: string[],
): Promise<tls.TLSSocket> {
  const settings = atThisAttempt(asked)
  const name = (settings.servername ?? host).replace(/\.$/, '')
  socket.on('error', ignore)
  try {
    if (attempt.signal.aborted) throw abandoned()
    if (socket.destroyed) throw closedByPeer('before the TLS handshake')
    attempt.waitingFor('the TLS handshake')
    const secured = tls.connect({ ...connectOptions(settings, name, alpn), socket })
    // Not earlier: what ended the TLS socket would be lost.
    secured.once('close', () => socket.destroy())
    // The error of a peer may come between our verdict and the listeners of whoever takes the socket.
    secured.on('error', ignore)
    const { ca, verify, commonName = false } = settings
    const demand = { verify, commonName, ownAuthority: ca !== undefined }
    await handshake(secured, attempt, () => verdict(secured, name, demand))
    return secured
  } catch (error) {
    socket.destroy()
    throw error instanceof Failure ? error : settingsFailure(error, settings)
  }
}

interface SettledSettings extends TlsSettings {
  readonly verify: Demand['verify']
}

function atThisAttempt(settings: TlsSettings): SettledSettings {
  const { ca, verify, ...rest } = settings
  if (verify !== 'ca if there') return { ...rest, ...(ca !== undefined && { ca }), verify }
  return ca !== undefined && isThere(ca) ? { ...rest, ca, verify: 'ca' } : { ...rest, verify: 'none' }
}

function handshake(socket: tls.TLSSocket, attempt: Attempt, judge: () => Failure | undefined): Promise<void> {
  const { signal } = attempt
  return new Promise((resolve, reject) => {
    const settle = (failure?: Failure): void => {
      signal.removeEventListener('abort', onAbort)
      socket.off('secureConnect', onSecure).off('error', onError).off('close', onClose)
      if (failure === undefined) {
        resolve()
      } else {
        socket.destroy()
        reject(failure)
      }
    }
    const onSecure = (): void => {
      attempt.heard()
      settle(judge())
    }
    const onAbort = (): void => settle(abandoned())
    const onError = (error: Error): void => settle(handshakeFailure(error))
    const onClose = (): void => settle(closedByPeer('during the TLS handshake'))
    signal.addEventListener('abort', onAbort)
    socket.on('secureConnect', onSecure).on('error', onError).on('close', onClose)
  })
}

function connectOptions(
  settings: SettledSettings,
  name: string,
  alpn: string[] | undefined,
): tls.ConnectionOptions {
  const ca =
    settings.ca !== undefined
      ? readPem('ca', settings.ca, 'CERTIFICATE')
      : settings.verify === 'none'
        ? undefined
        : systemRoots()
  return {
    host: name,
    // An address is not sent as a server name (RFC 6066, 3).
    ...(isIP(name) === 0 && settings.sni !== false && { servername: name }),
    ...(settings.minVersion !== undefined && { minVersion: settings.minVersion }),
    ...(settings.maxVersion !== undefined && { maxVersion: settings.maxVersion }),
    ...(ca !== undefined && { ca }),
    ...(settings.cert !== undefined && {
      cert: readPem('cert', settings.cert, 'CERTIFICATE'),
      key: readPem(settings.key === undefined ? 'cert' : 'key', settings.key ?? settings.cert, 'PRIVATE KEY'),
    }),
    ...(alpn !== undefined && { ALPNProtocols: alpn }),
    rejectUnauthorized: false,
  }
}

/** `tls.connect` throws at once when it cannot use the files. */
function settingsFailure(error: unknown, settings: TlsSettings): Failure {
  // At this time it can only be the client's.
  if (unsupportedError(error) !== undefined && error instanceof Error)
    return unsupportedFailure('TLS_UNSUPPORTED_CLIENT_KEY', error.message)
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : ''
  if (/_(EE|CA)_KEY_TOO_SMALL$/.test(code))
    return unsupportedFailure('TLS_UNSUPPORTED_CLIENT_KEY', 'too short, or that of its authority is')
  const cert = printable(settings.cert ?? '')
  const key =
    settings.key === undefined ? 'the private key in the same file' : `key=${printable(settings.key)}`
  const reason = /KEY_VALUES_MISMATCH|KEY_TYPE_MISMATCH/.test(code)
    ? `cert=${cert} and ${key} do not belong together`
    : /BAD_DECRYPT|PASSPHRASE|PASSWORD|INTERRUPTED_OR_CANCELLED/.test(code)
      ? `${key} is locked with a passphrase`
      : /_CA_MD_TOO_WEAK$/.test(code)
        ? `cert=${cert} is signed with a digest that is too weak (SHA-1 or MD5)`
        : `TLS files cannot be used: ${printable(error instanceof Error ? error.message : String(error), 120)}`
  return new Failure({ code: 'TLS_FILES', reason, lasting: true })
}

function abandoned(): Failure {
  return new Failure({ code: 'ABORTED', reason: 'given up during the TLS handshake' })
}

function ignore(): void {}

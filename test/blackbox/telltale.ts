import { authentication, serverError, startFakePostgres } from '../servers/fake-postgres.ts'
import { startScripted } from '../servers/faults.ts'
import type { SecretTarget } from './secret-targets.ts'

/** A server that says a secret back. */
export interface Telltale {
  readonly port: number
  /** All that clients sent. */
  received(): string
  stop(): Promise<void>
}

/** The forms in which a server, a proxy or a driver may repeat a secret. */
export function formsOf(secret: string): readonly string[] {
  const percent = encodeURIComponent(secret)
  return [
    secret,
    percent,
    percent.replace(/%../g, (escaped) => escaped.toLowerCase()),
    JSON.stringify(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`,
    secret.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
  ]
}

/** In how many ways a server of a kind says a secret back. */
export function variantsOf(kind: SecretTarget['kind']): number {
  return formsOf('').length * (kind === 'http' ? HTTP_ANSWERS.length : 1)
}

/** Starts a server that says a secret back in the way of this number. */
export async function startTelltale(
  kind: SecretTarget['kind'],
  secret: string,
  variant: number,
): Promise<Telltale> {
  const forms = formsOf(secret)
  const form = forms[variant % forms.length] ?? ''
  if (kind === 'postgres') return postgres(form)
  const http = HTTP_ANSWERS[Math.floor(variant / forms.length) % HTTP_ANSWERS.length] ?? (() => '')
  const answer = {
    tcp: `what does ${form} mean?\n`,
    redis: `-ERR bad argument ${form}\r\n`,
    http: http(form),
  }[kind]
  const server = await startScripted((socket) => socket.once('data', () => socket.end(answer)))
  return { port: server.port, received: () => server.received, stop: () => server.stop() }
}

/** In the phrase of the status, in a header that was to be another, in redirects that go round in circles, in no HTTP. */
const HTTP_ANSWERS: readonly ((form: string) => string)[] = [
  (form) => `HTTP/1.1 500 no ${form}\r\nContent-Length: 0\r\n\r\n`,
  (form) => `HTTP/1.1 200 OK\r\nX-Echo: ${form}\r\nContent-Length: 0\r\n\r\n`,
  (form) => `HTTP/1.1 302 Found\r\nLocation: /?q=${encodeURIComponent(form)}\r\nContent-Length: 0\r\n\r\n`,
  (form) => `${form} is not HTTP\r\n`,
]

async function postgres(form: string): Promise<Telltale> {
  let received = ''
  const server = await startFakePostgres(async (client) => {
    await client.startUp()
    client.send(authentication(3))
    received += (await client.message()).body.toString()
    client.send(serverError('XX000', `cannot look up ${form}`))
    client.end()
  })
  return { port: server.port, received: () => received, stop: () => server.stop() }
}

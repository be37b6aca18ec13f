import { createHash, createHmac, pbkdf2Sync, randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { authentication, type FakeClient, serverError } from './fake-postgres.ts'

const ROUNDS = 4096

/** What a client chose and said in a SCRAM exchange (RFC 5802, 53.3.1). */
export interface ScramLogin {
  readonly mechanism: string
  /** `n`, `y` or `p=tls-server-end-point`. */
  readonly flag: string
  /** What it bound to, behind the flag. */
  readonly binding: Buffer
  readonly proved: boolean
}

export interface ScramOffer {
  readonly password: string
  readonly mechanisms: readonly string[]
  /** Whose hash a client must bind to when it chose to bind. */
  readonly certFile?: string
}

/** Plays the server's part of a login up to its verdict, which is sent where it is a refusal. */
export async function scramLogin(client: FakeClient, offer: ScramOffer): Promise<ScramLogin> {
  client.send(authentication(10, `${offer.mechanisms.map((each) => `${each}\0`).join('')}\0`))
  const first = await client.message()
  const end = first.body.indexOf(0)
  const mechanism = first.body.toString('utf8', 0, end)
  const said = first.body.toString('utf8', end + 5)
  const [flag = '', , ...bare] = said.split(',')
  const salt = randomBytes(16)
  const nonce = `${/r=(.*)$/.exec(said)?.[1]}${randomBytes(9).toString('base64')}`
  const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${ROUNDS}`
  client.send(authentication(11, serverFirst))
  const final = (await client.message()).body.toString()
  const [, channel = '', , proof = ''] = /^c=([^,]*),(r=[^,]*),p=(.*)$/.exec(final) ?? []
  const salted = pbkdf2Sync(offer.password, salt, ROUNDS, 32, 'sha256')
  const key = hmac(salted, 'Client Key')
  const message = [bare.join(','), serverFirst, final.replace(/,p=.*$/, '')].join(',')
  const stored = createHash('sha256').update(key).digest()
  const wanted = xor(key, hmac(stored, message)).toString('base64')
  const bound = Buffer.from(channel, 'base64')
  const binding = bound.subarray(`${flag},,`.length)
  const proved = proof === wanted && bound.toString().startsWith(`${flag},,`)
  const right = flag.startsWith('p=') ? endPoint(offer.certFile).equals(binding) : binding.length === 0
  if (!proved) client.send(serverError('28P01', 'password authentication failed for user "app"'))
  else if (!right) client.send(serverError('28000', 'SCRAM channel binding check failed'))
  else {
    const signature = hmac(hmac(salted, 'Server Key'), message).toString('base64')
    client.send(authentication(12, `v=${signature}`))
  }
  return { mechanism, flag, binding, proved: proved && right }
}

/** `tls-server-end-point` (RFC 5929, 4.1) of a certificate signed with SHA-256. */
function endPoint(certFile: string | undefined): Buffer {
  if (certFile === undefined) return Buffer.from('nothing')
  return createHash('sha256')
    .update(new X509Certificate(readFileSync(certFile)).raw)
    .digest()
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)))
}

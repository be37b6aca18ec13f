import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTempDir } from './temp.ts'

const DAY_MS = 86_400_000
/** The kinds of keys, as `openssl req` is asked for them. */
const KEYS = {
  'P-256': ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  'P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1'],
  'P-521': ['ec', '-pkeyopt', 'ec_paramgen_curve:secp521r1'],
  secp256k1: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  Ed25519: ['ed25519'],
  Ed448: ['ed448'],
  'RSA-1024': ['rsa:1024'],
  'RSA-2048': ['rsa:2048'],
  'RSA-PSS': ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
} as const
export type KeyKind = keyof typeof KEYS

export interface CertificateRequest {
  /** DNS names; the first is also the common name. */
  readonly names?: readonly string[]
  readonly ips?: readonly string[]
  /** The common name when it is to differ from the first name. */
  readonly commonName?: string
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Days from now until it expires, instead of `notAfter`; negative for one that has expired. */
  readonly days?: number
  /** Signed with its own key instead of the authority's. */
  readonly selfSigned?: boolean
  /** P-256 unless told otherwise. */
  readonly key?: KeyKind
  /** What it is signed with; SHA-256 unless told otherwise. */
  readonly digest?: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  /** Of X.509 version 1, as of the Postgres manual's recipe (18.9.5): no extensions, so no names but the common name. */
  readonly version1?: boolean
  /** More lines of extensions, as openssl.cnf has them. */
  readonly extensions?: readonly string[]
}

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** A certificate authority of a test; all its files are in one temporary directory. */
export interface Authority extends CertificateFiles {
  /** The authority's own certificate, for `ca=`. */
  readonly caFile: string
  readonly dir: string
  /** Makes a key and a certificate for it; valid from yesterday for a month unless told otherwise. */
  issue(request: CertificateRequest): CertificateFiles
}

/** Makes a certificate authority (by the openssl command). Synchronous: a few tens of milliseconds. */
export function makeAuthority(name = 'Test Authority', key: KeyKind = 'P-256'): Authority {
  const dir = makeTempDir('certificates')
  const caFile = join(dir, 'ca.pem')
  const caKeyFile = join(dir, 'ca.key')
  const config = join(dir, 'openssl.cnf')
  writeFileSync(join(dir, 'index.txt'), '')
  writeFileSync(join(dir, 'index.txt.attr'), 'unique_subject = no\n')
  writeFileSync(config, configuration(dir))
  openssl([
    ...['req', '-x509', ...newKey(key), '-config', config, '-extensions', 'authority', '-days', '30'],
    ...['-subj', `/CN=${name}`, '-keyout', caKeyFile, '-out', caFile],
  ])
  let issued = 0
  return {
    caFile,
    certFile: caFile,
    keyFile: caKeyFile,
    dir,
    issue(request) {
      issued += 1
      const base = join(dir, `${issued}`)
      const files = { certFile: `${base}.pem`, keyFile: `${base}.key` }
      const names = request.names ?? []
      const commonName = request.commonName ?? names[0] ?? request.ips?.[0] ?? 'nobody'
      const alternatives = [
        ...names.map((each) => `DNS:${each}`),
        ...(request.ips ?? []).map((each) => `IP:${each}`),
      ]
      const extensions = ['basicConstraints = CA:FALSE', 'extendedKeyUsage = serverAuth, clientAuth']
      extensions.push(...(request.extensions ?? []))
      if (alternatives.length > 0) extensions.push(`subjectAltName = ${alternatives.join(', ')}`)
      writeFileSync(`${base}.ext`, `${extensions.join('\n')}\n`)
      openssl([
        ...['req', '-new', ...newKey(request.key), '-config', config, '-subj', `/CN=${commonName}`],
        ...['-keyout', files.keyFile, '-out', `${base}.csr`],
      ])
      if (request.version1 === true) {
        const by =
          request.selfSigned === true
            ? ['-signkey', files.keyFile]
            : ['-CA', caFile, '-CAkey', caKeyFile, '-CAcreateserial']
        openssl(['x509', '-req', '-in', `${base}.csr`, ...by, '-days', '30', '-out', files.certFile])
        return files
      }
      const signer = request.selfSigned === true ? ['-selfsign', '-keyfile', files.keyFile] : []
      openssl([
        ...['ca', '-config', config, '-batch', '-notext', ...signer, ...validity(request)],
        ...['-md', request.digest ?? (request.key === 'Ed448' && signer.length > 0 ? 'default' : 'sha256')],
        ...['-extfile', `${base}.ext`, '-in', `${base}.csr`, '-out', files.certFile],
      ])
      return files
    },
  }
}

function newKey(kind: KeyKind = 'P-256'): readonly string[] {
  return ['-newkey', ...KEYS[kind], '-noenc']
}

function validity({ notBefore, notAfter, days = 30 }: CertificateRequest): readonly string[] {
  const end = notAfter ?? new Date(Date.now() + days * DAY_MS)
  const start = notBefore ?? new Date(Math.min(Date.now(), end.getTime()) - DAY_MS)
  return ['-startdate', asn1Time(start), '-enddate', asn1Time(end)]
}

/** `20260131235959Z`: GeneralizedTime, X.680 46. */
function asn1Time(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** `openssl ca` is used since it alone, in every version, sets both ends of the validity. */
function configuration(dir: string): string {
  return `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = test
[test]
new_certs_dir = ${dir}
database = ${dir}/index.txt
certificate = ${dir}/ca.pem
private_key = ${dir}/ca.key
rand_serial = yes
default_md = sha256
policy = policy
[policy]
commonName = supplied
`
}

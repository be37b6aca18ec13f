import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTempDir } from './temp.ts'

const DAY_MS = 86_400_000
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']

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

/** Makes a certificate authority (EC keys, by the openssl command). Synchronous: a few tens of milliseconds. */
export function makeAuthority(name = 'Test Authority'): Authority {
  const dir = makeTempDir('certificates')
  const caFile = join(dir, 'ca.pem')
  const caKeyFile = join(dir, 'ca.key')
  const config = join(dir, 'openssl.cnf')
  writeFileSync(join(dir, 'index.txt'), '')
  writeFileSync(join(dir, 'index.txt.attr'), 'unique_subject = no\n')
  writeFileSync(config, configuration(dir))
  openssl([
    ...['req', '-x509', ...CURVE, '-config', config, '-extensions', 'authority', '-days', '30'],
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
      if (alternatives.length > 0) extensions.push(`subjectAltName = ${alternatives.join(', ')}`)
      writeFileSync(`${base}.ext`, `${extensions.join('\n')}\n`)
      openssl([
        ...['req', '-new', ...CURVE, '-config', config, '-subj', `/CN=${commonName}`],
        ...['-keyout', files.keyFile, '-out', `${base}.csr`],
      ])
      const signer = request.selfSigned === true ? ['-selfsign', '-keyfile', files.keyFile] : []
      openssl([
        ...['ca', '-config', config, '-batch', '-notext', ...signer, ...validity(request)],
        ...['-extfile', `${base}.ext`, '-in', `${base}.csr`, '-out', files.certFile],
      ])
      return files
    },
  }
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

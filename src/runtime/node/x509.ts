/** `crypto.X509Certificate`: a certificate out of a file, read without trusting it. */
import { Buffer } from './buffer.ts'
import { altNameText, openSslDate } from './certificate.ts'
import { type Certificate, host } from './host.ts'
import { withCode } from './system-error.ts'

/** A private key as it was given; read where it is used. */
export interface PrivateKey {
  readonly pem: Uint8Array
}

export function createPrivateKey(pem: string | Uint8Array): PrivateKey {
  return { pem: typeof pem === 'string' ? Buffer.from(pem) : pem }
}

export class X509Certificate {
  readonly #certificate: Certificate

  /** Reads PEM (the first certificate in it) or DER; throws when it is neither. */
  constructor(data: string | Uint8Array) {
    const [first] = host.readCertificates(typeof data === 'string' ? Buffer.from(data) : data)
    if (first === undefined) throw withCode(new Error('no start line'), 'ERR_OSSL_PEM_NO_START_LINE')
    this.#certificate = first
  }

  /** One name part a line: `CN=db.example`. */
  get subject(): string {
    return this.#certificate.subject.map(([name, value]) => `${name}=${value}`).join('\n')
  }

  get subjectAltName(): string | undefined {
    return altNameText(this.#certificate.altNames)
  }

  get validFrom(): string {
    return openSslDate(this.#certificate.validFrom)
  }

  get validTo(): string {
    return openSslDate(this.#certificate.validTo)
  }

  /** Gives the name when the certificate is for it; by alternative names only, whatever is asked for. */
  checkHost(name: string): string | undefined {
    return host.certificateIsFor(new Uint8Array(this.#certificate.der), name) ? name : undefined
  }

  checkIP(address: string): string | undefined {
    return this.checkHost(address)
  }

  /** Throws when the key cannot be read. */
  checkPrivateKey(key: PrivateKey): boolean {
    return host.certificateMatchesKey(new Uint8Array(this.#certificate.der), key.pem)
  }
}

import { isIP } from 'node:net'
import { UsageError } from '../../plan/usage-error.ts'
import { checkDnsName, DnsFormatError, isUsualName } from '../resolver/domain-name.ts'

/** What stands between values, or around them, in some dialect of targets: whoever wrote it meant more than a host. */
const BETWEEN_VALUES = /[;,&=?#@/\\"'<>{}()|^`[\]]/

/**
 * Reads a host: an address (IPv6 without brackets, with its zone) or a name that can be looked up. Throws `UsageError`
 * that goes on after what the host belongs to ("has …") and says nothing of the text: it may be a piece of a password.
 */
export function hostName(text: string): string {
  if (isUsualName(text)) return text
  if (text === '') throw new UsageError('has an empty host name')
  if (/[\s\p{Cc}]/u.test(text)) throw new UsageError('has white space or a control character in a host name')
  if (/\$[({\w]/.test(text)) throw new UsageError('has a variable in a host name that nobody has replaced')
  if (BETWEEN_VALUES.test(text)) throw new UsageError('has a character in a host name that no host has')
  if (isIP(text) !== 0) return text
  if (text.includes(':')) throw new UsageError('has a colon in a host name')
  if (/^\.+$/.test(text)) throw new UsageError('has an empty host name: nothing but a dot')
  try {
    checkDnsName(text)
  } catch (error) {
    if (!(error instanceof DnsFormatError)) throw error
    throw new UsageError(`has a host that is no name: ${error.message}`)
  }
  return text
}

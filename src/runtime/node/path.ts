/** `node:path` for POSIX paths. */
import { host } from './host.ts'

function normalizeParts(path: string, absolute: boolean): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!absolute) parts.push('..')
  }
  return parts.join('/')
}

export function normalize(path: string): string {
  if (path === '') return '.'
  const absolute = path.startsWith('/')
  const parts = normalizeParts(path, absolute)
  const tail = parts !== '' && path.endsWith('/') ? '/' : ''
  return `${absolute ? '/' : ''}${parts}${tail}` || (path.endsWith('/') ? './' : '.')
}

export function join(...parts: string[]): string {
  return normalize(parts.filter((part) => part !== '').join('/'))
}

export function resolve(...parts: string[]): string {
  let path = ''
  for (const part of [host.cwd(), ...parts].reverse()) {
    if (part !== '') path = path === '' ? part : `${part}/${path}`
    if (path.startsWith('/')) break
  }
  return `/${normalizeParts(path, true)}`
}

/** The path without trailing slashes, unless it is the root. */
function trimmed(path: string): string {
  return path.replace(/\/+$/, '') || (path === '' ? '' : '/')
}

export function dirname(path: string): string {
  const cut = trimmed(path)
  const slash = cut.lastIndexOf('/')
  if (slash <= 0) return slash < 0 ? '.' : '/'
  return cut.slice(0, slash)
}

export function basename(path: string, suffix = ''): string {
  if (path === suffix) return ''
  const cut = path.replace(/\/+$/, '')
  const name = cut.slice(cut.lastIndexOf('/') + 1)
  return suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
}

export function extname(path: string): string {
  const name = basename(path)
  const dot = name.lastIndexOf('.')
  return dot <= 0 || name === '..' ? '' : name.slice(dot)
}

export default { basename, dirname, extname, join, normalize, resolve }

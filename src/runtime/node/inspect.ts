/** Values as text, close to Node's `util.inspect` and `util.format`: what a warning or a debug line of a driver needs. */

/** An error with its stack, which in QuickJS lacks the name and the message. */
export function errorText(error: Error): string {
  const title = String(error)
  const stack = typeof error.stack === 'string' ? error.stack.trimEnd() : ''
  if (stack === '') return `[${title}]`
  return stack.startsWith(title) ? stack : `${title}\n${stack}`
}

function quote(text: string): string {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : '`'
  return mark + JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"') + mark
}

function inspectObject(value: object, depth: number, seen: readonly object[]): string {
  if (seen.includes(value)) return '[Circular *1]'
  const inner = [...seen, value]
  const show = (item: unknown): string => inspectValue(item, depth - 1, inner)
  if (value instanceof Error) return errorText(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof RegExp) return String(value)
  if (value instanceof Uint8Array) {
    const bytes = [...value.subarray(0, 50)].map((byte) => byte.toString(16).padStart(2, '0'))
    return `<Buffer ${bytes.join(' ')}${value.length > 50 ? ` ... ${value.length - 50} more bytes` : ''}>`
  }
  if (Array.isArray(value)) {
    if (depth < 0) return '[Array]'
    return value.length === 0 ? '[]' : `[ ${value.map(show).join(', ')} ]`
  }
  const name = value.constructor?.name ?? ''
  const sized = value instanceof Map || value instanceof Set ? `${name}(${value.size})` : name
  const title = name === 'Object' ? '' : name === '' ? '[Object: null prototype] ' : `${sized} `
  if (depth < 0) return `[${title.trim() || 'Object'}]`
  const entries =
    value instanceof Map
      ? [...value].map(([key, item]) => `${show(key)} => ${show(item)}`)
      : value instanceof Set
        ? [...value].map(show)
        : Object.entries(value).map(
            ([key, item]) => `${/^[\w$]+$/.test(key) ? key : quote(key)}: ${show(item)}`,
          )
  return entries.length === 0 ? `${title}{}` : `${title}{ ${entries.join(', ')} }`
}

function inspectValue(value: unknown, depth: number, seen: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'bigint':
      return `${value}n`
    case 'function':
      return value.name === '' ? '[Function (anonymous)]' : `[Function: ${value.name}]`
    case 'object':
      return value === null ? 'null' : inspectObject(value, depth, seen)
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

export function inspect(value: unknown, options: { readonly depth?: number } = {}): string {
  return inspectValue(value, options?.depth ?? 2, [])
}

function formatOne(directive: string, value: unknown): string {
  switch (directive) {
    case '%s':
      return typeof value === 'object' && value !== null ? inspect(value, { depth: 0 }) : String(value)
    case '%d':
      return String(Number(value))
    case '%i':
      return String(Number.parseInt(String(value), 10))
    case '%f':
      return String(Number.parseFloat(String(value)))
    case '%j':
      return String(JSON.stringify(value))
    case '%c':
      return ''
    default:
      return inspect(value, { depth: 4 })
  }
}

/** Node's `util.format`: a text with `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%c`, or values side by side. */
export function format(...args: readonly unknown[]): string {
  const [first, ...rest] = args
  let start = inspect(first)
  if (typeof first === 'string') {
    start =
      args.length === 1
        ? first
        : first.replace(/%[sdifjoOc%]/g, (directive) => {
            if (directive === '%%') return '%'
            return rest.length === 0 ? directive : formatOne(directive, rest.shift())
          })
  }
  const more = rest.map((value) => (typeof value === 'string' ? value : inspect(value)))
  return args.length === 0 ? '' : [start, ...more].join(' ')
}

/** `node:dns`: drivers name these as defaults; nothing here resolves a name but the program's own resolver. */
function refuse(): never {
  throw new Error('names are resolved by the program itself')
}

export { refuse as lookup, refuse as resolveSrv }

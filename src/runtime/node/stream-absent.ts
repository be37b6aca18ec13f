/**
 * In the place of parts of `readable-stream` that nothing here uses: `Readable.from`, `Duplex.from`, `for await` over a
 * stream, and the `signal` option.
 */
function refuse(): never {
  throw new Error('this part of streams is not there')
}

export { refuse as addAbortSignal, refuse as default, refuse as 'module.exports' }

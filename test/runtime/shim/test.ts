/** The part of `node:test` that the conformance tests use, for the binary: one test after the other, a line of JSON each. */
import process from 'node:process'

type Body = () => unknown

const tests: { readonly name: string; readonly body: Body }[] = []
const LIMIT_MS = 15_000

export function test(name: string, body: Body): void {
  if (tests.length === 0) setTimeout(run, 0)
  tests.push({ name, body })
}

async function outcome(body: Body): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the test did not end')), LIMIT_MS)
  })
  try {
    await Promise.race([body(), late])
    return undefined
  } catch (error) {
    return error instanceof Error ? `${error}\n${error.stack}` : String(error)
  } finally {
    clearTimeout(timer)
  }
}

async function run(): Promise<void> {
  for (const { name, body } of tests) {
    const error = await outcome(body)
    process.stdout.write(`${JSON.stringify({ name, error })}\n`)
  }
  process.exit(0)
}

export default test

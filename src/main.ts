#!/usr/bin/env node
import process from 'node:process'
import { parseCommandLine, type Request } from './cli.ts'
import { kinds } from './checks/index.ts'
import { UsageError } from './plan/usage-error.ts'
import { reportBug, reportUsageError } from './report/problem.ts'
import { standardError, standardOutput } from './report/sink.ts'

/** What the program exits with when it meets a bug of its own (EX_SOFTWARE of sysexits.h). */
const BUG = 70
const USAGE = 2

const verbose = (): boolean => process.argv.includes('--verbose') || Boolean(process.env['READYWHEN_VERBOSE'])

function onBug(error: unknown): never {
  reportBug(error, verbose())
  process.exit(BUG)
}

async function perform(request: Request): Promise<number> {
  switch (request.action) {
    case 'version': {
      const { version } = await import('./version.ts')
      standardOutput.write(`${version}\n`)
      return 0
    }
    case 'help': {
      const { printHelp } = await import('./help.ts')
      return printHelp(request.topic)
    }
    case 'install': {
      const { install } = await import('./command/install.ts')
      return install(request.path)
    }
    case 'wait': {
      const { waitThenBecome } = await import('./session.ts')
      return waitThenBecome(request)
    }
  }
}

async function main(): Promise<number> {
  try {
    return await perform(parseCommandLine(process.argv.slice(2), Object.keys(kinds)))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    reportUsageError(error.message)
    return USAGE
  }
}

process.on('uncaughtException', onBug)
process.on('unhandledRejection', onBug)
main().then((code) => {
  standardOutput.flush()
  standardError.flush()
  process.exit(code)
}, onBug)

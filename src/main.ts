#!/usr/bin/env node
import process from 'node:process'
import { kinds } from './checks/index.ts'
import { commandLineParser, type Request } from './cli.ts'
import { install } from './command/install.ts'
import { helpText } from './help.ts'
import { UsageError } from './plan/usage-error.ts'
import { flush, print, reportBug, reportProblem } from './report/output.ts'
import { waitThenBecome } from './session.ts'
import { version } from './version.ts'

const USAGE_ERROR = 2
/** A bug of this program (EX_SOFTWARE of sysexits.h). */
const BUG = 70

const parseCommandLine = commandLineParser(kinds)

function perform(request: Request): number | Promise<number> {
  switch (request.action) {
    case 'wait':
      return waitThenBecome(request)
    case 'help':
      print(helpText(request.topic, kinds))
      return 0
    case 'version':
      print(`${version}\n`)
      return 0
    case 'install': {
      const trouble = install(request.path)
      if (trouble === undefined) return 0
      reportProblem(trouble)
      return 1
    }
  }
}

async function answer(): Promise<number> {
  try {
    return await perform(parseCommandLine(process.argv.slice(2)))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    reportProblem(error.message)
    return USAGE_ERROR
  }
}

function exit(code: number): void {
  flush()
  process.exit(code)
}

/** Runs the program: looks at its arguments, does what they say, and ends the process. */
export function main(): void {
  const verbose = process.argv.includes('--verbose') || Boolean(process.env['READYWHEN_VERBOSE'])
  // Stacks are for bugs, and shown only then; recording one for each failed attempt is a good part of a long wait.
  if (!verbose) Error.stackTraceLimit = 0
  const exitOnBug = (error: unknown): void => {
    reportBug(error, verbose)
    exit(BUG)
  }
  process.on('uncaughtException', exitOnBug)
  process.on('unhandledRejection', exitOnBug)
  answer().then(exit, exitOnBug)
}

// the binary's own runtime says when: see src/runtime/node/loop.ts
if (process.release.name === 'node') main()

// Becomes the command in its arguments, or says as JSON why that is not possible.
import process from 'node:process'
import { become } from '../../src/command/become.ts'

const failed = become(process.argv.slice(2), process.env)
process.stdout.write(JSON.stringify(failed))
process.exitCode = failed.exitCode

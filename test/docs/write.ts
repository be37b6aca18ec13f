import { readFileSync, writeFileSync } from 'node:fs'
import { kinds } from '../../src/checks/index.ts'
import { readmeParts, readmePath, schemaPath, schemaText, withParts } from './generated.ts'

// `npm run docs`: writes what follows from the declarations into README and JSON Schema; a test holds them true.
writeFileSync(readmePath, withParts(readFileSync(readmePath, 'utf8'), readmeParts(kinds)))
writeFileSync(schemaPath, schemaText(kinds))

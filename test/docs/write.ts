import { readFileSync, writeFileSync } from 'node:fs'
import { loadKinds, readmeParts, readmePath, schemaPath, schemaText, withParts } from './generated.ts'

// `npm run docs`: writes what follows from the declarations into README and JSON Schema; a test holds them true.
const kinds = await loadKinds()
writeFileSync(readmePath, withParts(readFileSync(readmePath, 'utf8'), readmeParts(kinds)))
writeFileSync(schemaPath, schemaText(kinds))

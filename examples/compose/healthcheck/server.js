// A server that needs three seconds until it can answer.
const http = require('node:http')

setTimeout(() => http.createServer((_, answer) => answer.end('ok')).listen(8080), 3000)
process.on('SIGTERM', () => process.exit(0))

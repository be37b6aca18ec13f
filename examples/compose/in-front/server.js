// A server that ends in order when it is told to.
const http = require('node:http')

const server = http.createServer((_, answer) => answer.end('ok')).listen(8080)
console.log('serving as process', process.pid)
process.on('SIGTERM', () => {
  console.log('told to end')
  server.close(() => process.exit(0))
})

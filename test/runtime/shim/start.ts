export function startPeer(): never {
  throw new Error('the peer is told of by RUNTIME_PEER')
}

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { ENGINE } from './fake-engine.ts'
import { cleanUp } from './sandboxes.ts'

/** The engine over connections that can be broken; `connections` are those of clients. */
export async function breakable(): Promise<{ engine: string; connections: Set<Socket>; break: () => void }> {
  const connections = new Set<Socket>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const engine = connect(ENGINE)
    connections.add(client)
    client.on('close', () => connections.delete(client))
    for (const socket of [client, engine]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.pipe(engine).pipe(client)
  }).listen(0, '127.0.0.1')
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return { engine: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, connections, break: () => sockets.forEach((socket) => socket.destroy()) }
}

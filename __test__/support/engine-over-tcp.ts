import { connect, createServer, type AddressInfo } from 'node:net'
import { cleanUp } from './sandboxes.ts'

/** The engine at a TCP address, which hides that it runs on this machine. */
export async function engineOverTcp(socket = '/var/run/docker.sock'): Promise<string> {
  const server = createServer((client) => {
    const engine = connect(socket)
    client.pipe(engine).pipe(client)
    client.on('error', () => engine.destroy())
    engine.on('error', () => client.destroy())
  }).listen(0, '127.0.0.1')
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { expect } from 'vitest'
import { startScript, type NodeProcess } from './node.ts'
import { cleanUp, newDataDir } from './sandboxes.ts'

export interface TaskServer {
  url: string
  process: NodeProcess
  /** Adds a task and returns its id. */
  add(task: Record<string, unknown>): Promise<string>
  state(id: string): Promise<{ state: string; result?: any }>
  /** Waits for the result of a task. */
  result(id: string): Promise<any>
}

/** Starts the example task server, which serves archives from a directory. */
export async function startTaskServer(archives = '.', token?: string): Promise<TaskServer> {
  const process = startScript('examples/worker/task-server.js', ['--port', '0', '--archives', archives], { env: { WORKER_TOKEN: token ?? '' } })
  await process.wrote('listening on ')
  const url = /http\S+/.exec(process.output.stdout)?.[0] ?? ''
  const headers = { authorization: `Bearer ${token}` }
  const state = async (id: string) => (await fetch(`${url}/tasks/${id}`, { headers })).json()
  return {
    url,
    process,
    state,
    add: async (task) => {
      const reply = await fetch(`${url}/tasks`, { method: 'POST', body: JSON.stringify(task), headers })
      return ((await reply.json()) as { id: string }).id
    },
    result: async (id) => {
      await expect.poll(async () => (await state(id)).state, { timeout: 30_000 }).toBe('finished')
      return (await state(id)).result
    },
  }
}

/** Starts the example worker with its own temporary directory. */
export function startWorker(server: string, args: string[] = [], env: Record<string, string> = {}): NodeProcess {
  const worker = startScript('examples/worker/worker-agent.js', ['--server', server, '--poll', '50', ...args], { env: { TMPDIR: newDataDir(), ...env } })
  cleanUp(() => worker.child.kill('SIGKILL'))
  return worker
}

/** A proxy to a server that can be shut and opened again. */
export async function startGate(target: string) {
  const upstreamPort = Number(new URL(target).port)
  const sockets = new Set<Socket>()
  const listen = (port: number) =>
    new Promise<Server>((resolve) => {
      const server = createServer((client) => {
        const upstream = connect(upstreamPort, '127.0.0.1')
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.on('error', () => {}).on('close', () => sockets.delete(socket))
        }
        client.pipe(upstream).pipe(client)
      }).listen(port, '127.0.0.1', () => resolve(server))
    })
  let server = await listen(0)
  const own = (server.address() as AddressInfo).port
  const shut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  cleanUp(shut)
  return { url: `http://127.0.0.1:${own}`, shut, open: async () => void (server = await listen(own)) }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cleanUp } from './sandboxes.ts'

/** Where the real engine listens. */
export const ENGINE = '/var/run/docker.sock'

/** A directory of one's own for sockets and certificates: its path is short, as a socket's must be. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-engine-'))
  cleanUp(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export interface FakeEngine {
  /** Its address. */
  address: string
  /** The connections that are open. */
  connections: Set<Socket>
  /** The first lines of all requests. */
  requests: string[]
}

/** Listens on a Unix socket and has `answer` called with each connection and what is received on it. */
export async function fakeEngine(answer: (socket: Socket, received: string) => void): Promise<FakeEngine> {
  const file = path.join(temporaryDirectory(), 'engine.sock')
  const connections = new Set<Socket>()
  const requests: string[] = []
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket)).on('error', () => {})
    socket.on('data', (data) => {
      const received = data.toString('latin1')
      requests.push(...(received.match(/^[A-Z]+ \S+(?= HTTP)/gm) ?? []))
      answer(socket, received)
    })
  }).listen(file)
  cleanUp(() => {
    for (const socket of connections) socket.destroy()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return { address: `unix://${file}`, connections, requests }
}

/** The real engine, but for requests to `path`: to those it does not answer. */
export function stallingEngine(path: RegExp): Promise<FakeEngine> {
  const forward = forwarder((socket, upstream) => upstream.pipe(socket))
  return fakeEngine((socket, received) => {
    if (!path.test(received.split('\r\n', 1)[0] ?? '')) forward(socket, received)
  })
}

/** The real engine, which says of all that it was made in the year 2020. */
export function agedEngine(): Promise<FakeEngine> {
  const age = (data: Buffer) => data.toString('latin1').replace(/("Created(?:At)?":")20\d\d/g, '$12020')
  return fakeEngine(forwarder((socket, upstream) => upstream.on('data', (data: Buffer) => socket.write(age(data), 'latin1'))))
}

function forwarder(back: (socket: Socket, upstream: Socket) => void): (socket: Socket, received: string) => void {
  const upstreams = new WeakMap<Socket, Socket>()
  return (socket, received) => {
    let upstream = upstreams.get(socket)
    if (!upstream) {
      upstream = connect(ENGINE).on('error', () => socket.destroy())
      upstreams.set(socket, upstream)
      back(socket, upstream)
      socket.on('close', () => upstream?.destroy())
    }
    upstream.write(received, 'latin1')
  }
}

/** A whole answer of HTTP. */
export function response(status: string, type: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`
}

import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cleanUp } from './sandboxes.ts'

/** The socket of the real engine. */
export const ENGINE = '/var/run/docker.sock'

/** A temporary directory whose path is short enough for sockets. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-engine-'))
  cleanUp(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export interface FakeEngine {
  /** The address of the engine. */
  address: string
  /** Open connections. */
  connections: Set<Socket>
  /** The method and path of every request. */
  requests: string[]
}

/** Listens on a Unix socket and calls `answer` with the connection and the data for everything received. */
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

/** The real engine, except that requests to `path` get no answer. */
export function stallingEngine(path: RegExp): Promise<FakeEngine> {
  const forward = forwarder((socket, upstream) => upstream.pipe(socket))
  return fakeEngine((socket, received) => {
    if (!path.test(received.split('\r\n', 1)[0] ?? '')) forward(socket, received)
  })
}

/** The real engine, except that what is sent to it is edited. An edit keeps the length. */
export function editedEngine(edit: (sent: string) => string, engine = ENGINE): Promise<FakeEngine> {
  const forward = forwarder((socket, upstream) => upstream.pipe(socket), engine)
  return fakeEngine((socket, received) => forward(socket, edit(received)))
}

/** The real engine, except that what it answers is edited. An edit keeps the length. */
export function editedAnswers(edit: (answer: string) => string, engine = ENGINE): Promise<FakeEngine> {
  return fakeEngine(forwarder((socket, upstream) => upstream.on('data', (data: Buffer) => socket.write(edit(data.toString('latin1')), 'latin1')), engine))
}

/** The real engine at first, and what `next` says for every connection that is made after it was called. */
export async function changingEngine(): Promise<FakeEngine & { change: (next: string) => void }> {
  let engine = ENGINE
  const back = (socket: Socket, upstream: Socket) => upstream.pipe(socket)
  const forwarders = new Map<string, ReturnType<typeof forwarder>>()
  const engineOf = new WeakMap<Socket, string>()
  const fake = await fakeEngine((socket, received) => {
    if (!engineOf.has(socket)) engineOf.set(socket, engine)
    const chosen = engineOf.get(socket) ?? engine
    const forward = forwarders.get(chosen) ?? forwarder(back, chosen)
    forwarders.set(chosen, forward)
    forward(socket, received)
  })
  return {
    ...fake,
    change: (next) => {
      engine = next
      for (const socket of fake.connections) socket.destroy()
    },
  }
}

/** The real engine, except that it refuses the first requests to `path`, as many as `times` says. */
export function refusingEngine(path: RegExp, times: number): Promise<FakeEngine> {
  const forward = forwarder((socket, upstream) => upstream.pipe(socket))
  let left = times
  return fakeEngine((socket, received) => {
    if (path.test(received.split('\r\n', 1)[0] ?? '') && left-- > 0) socket.end(response('500 Internal Server Error', 'application/json', '{"message":"refused by the test"}'))
    else forward(socket, received)
  })
}

/** The real engine, except that requests that begin with one of these lines are answered with that status and JSON. */
export function scriptedEngine(answers: [RegExp, string, unknown][]): Promise<FakeEngine> {
  const forward = forwarder((socket, upstream) => upstream.pipe(socket))
  return fakeEngine((socket, received) => {
    const found = answers.find(([line]) => line.test(received.split('\r\n', 1)[0] ?? ''))
    if (found) socket.write(response(found[1], 'application/json', JSON.stringify(found[2])))
    else forward(socket, received)
  })
}

/** The real engine, except that everything was created in 2020. */
export function agedEngine(): Promise<FakeEngine> {
  return editedAnswers((answer) => answer.replace(/("Created(?:At)?":")20\d\d/g, '$12020'))
}

function forwarder(back: (socket: Socket, upstream: Socket) => void, engine = ENGINE): (socket: Socket, received: string) => void {
  const upstreams = new WeakMap<Socket, Socket>()
  return (socket, received) => {
    let upstream = upstreams.get(socket)
    if (!upstream) {
      upstream = connect(engine).on('error', () => socket.destroy())
      upstreams.set(socket, upstream)
      back(socket, upstream)
      socket.on('close', () => upstream?.destroy())
    }
    upstream.write(received, 'latin1')
  }
}

/** A complete HTTP response. */
export function response(status: string, type: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`
}

#!/usr/bin/env node
// A minimal task server: tasks in memory, archives from a directory. For trying out the worker, not for the internet.
//
//   POST /tasks              adds a task; returns { id }
//   POST /tasks/claim        the next task, or 204
//   PUT  /tasks/{id}/result  stores the result; only the first one is accepted
//   GET  /tasks/{id}         { state: 'waiting' | 'claimed' | 'finished', result }
//   GET  /archives/{name}    a file of the directory
import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { json } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

/** Milliseconds without a result after which another worker gets the task. */
const LEASE = 10 * 60_000

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, archives: { type: 'string', default: '.' } },
})
const token = process.env.WORKER_TOKEN
/** Id → `{ task, claimed, result }`. */
const tasks = new Map()

const ROUTES = {
  'POST /tasks': async (request, reply) => {
    const id = randomUUID()
    tasks.set(id, { task: { ...(await json(request)), id } })
    send(reply, 201, { id })
  },
  'POST /tasks/claim': (request, reply) => {
    const waits = ({ claimed = 0, result }) => !result && Date.now() - claimed >= LEASE
    const next = [...tasks.values()].find(waits)
    if (!next) return send(reply, 204)
    next.claimed = Date.now()
    send(reply, 200, next.task)
  },
  'PUT /tasks/:/result': async (request, reply, id) => {
    const found = tasks.get(id)
    const result = await json(request)
    if (!found) return send(reply, 404)
    if (found.result) return send(reply, 409)
    found.result = result
    send(reply, 204)
  },
  'GET /tasks/:': (request, reply, id) => {
    const found = tasks.get(id)
    if (!found) return send(reply, 404)
    send(reply, 200, { state: found.result ? 'finished' : found.claimed ? 'claimed' : 'waiting', result: found.result })
  },
  'GET /archives/:': async (request, reply, name) => {
    if (!/^\w[\w.-]*$/.test(name)) return send(reply, 404)
    const file = await open(join(values.archives, name))
    await pipeline(file.createReadStream(), reply)
  },
}

function send(reply, status, body) {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body))
}

const server = createServer(async (request, reply) => {
  try {
    if (token && request.headers.authorization !== `Bearer ${token}`) return send(reply, 401)
    const { pathname } = new URL(request.url, 'http://localhost')
    const [, folder, name, rest] = pathname.split('/')
    const exact = ROUTES[`${request.method} ${pathname}`]
    const route = exact ?? ROUTES[`${request.method} /${[folder, ':', rest].filter(Boolean).join('/')}`]
    await (route ? route(request, reply, name) : send(reply, 404))
  } catch (error) {
    if (reply.headersSent) return reply.destroy()
    send(reply, error.code === 'ENOENT' ? 404 : 400, { error: error.message })
  }
})
server.listen(Number(values.port), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

import http from 'node:http'
import { interleave } from '../support/interleave.js'
import { row, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'

const PORT = 8080
const BODY = 1024
const SECONDS = 1
const AT_ONCE = 8
const SERVER = `require('http').createServer((request, response) => response.end(Buffer.alloc(${BODY}, 'x'))).listen(${PORT})`

/** Requests a second to a server in a sandbox: through a tunnel, and through a published port. */
export async function run({ cofferdam, dockerode, quick, progress }) {
  const [ours, theirs] = [await cofferdam.create(), await dockerode.create({ port: PORT })]
  const server = await ours.sandbox.spawn(['node', '-e', SERVER])
  await server.waitForPort(PORT)
  const tunnel = await ours.sandbox.tunnel(PORT)
  const published = await theirs.serve(['node', '-e', SERVER])
  const samples = await interleave(
    { cofferdam: { sample: () => rate(tunnel.port) }, 'published port': { sample: () => rate(published) } },
    { rounds: quick ? 3 : 9, progress },
  )
  await tunnel.close()
  await server.close()
  await Promise.all([ours.remove(), theirs.remove()])
  const results = summarizeAll(samples)
  return [
    row({
      scenario: 'ports',
      what: 'requests of 1 KiB with keep-alive, 8 at once',
      unit: '/s',
      results,
      checks: [timesFaster(results['published port'].p50, results.cofferdam.p50, 0.5, 'the published port')],
    }),
  ]
}

/** Requests a second on one port of this host. */
async function rate(port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const end = performance.now() + SECONDS * 1000
  let count = 0
  const ask = async () => {
    while (performance.now() < end) {
      await get(port, agent)
      count++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask))
  agent.destroy()
  return count / SECONDS
}

function get(port, agent) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', agent }, (response) => {
      let length = 0
      response.on('data', (data) => (length += data.length))
      response.on('end', () => (length === BODY ? resolve() : reject(new Error(`${length} bytes came`))))
      response.on('error', reject)
    })
    request.on('error', reject)
    // Without an answer, or in the middle of one. After the end, it changes nothing.
    request.on('close', () => reject(new Error('the connection was closed')))
  })
}

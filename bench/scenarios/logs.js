import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { clients, container } from '../support/containers.js'
import { interleave } from '../support/interleave.js'
import { row, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'

/** The size of the log, in bytes. */
const SIZE = 100_000_000

/**
 * Reads a log of 100 MB to its end, with separate streams. The engine sends it line by line and limits the speed: the row below
 * shows how long reading alone takes, without decoding.
 */
export async function run({ address, cleanup, quick, progress }) {
  const { manager, docker } = clients(address, cleanup)
  const made = await container(docker, cleanup, ['sh', '-c', `head -c ${SIZE} /dev/zero | tr '\\0' x | fold -w 1000`], { log: 'local' })
  await made.made.wait()
  const contenders = {
    cofferdam: { sample: () => ours(manager, made.id) },
    dockerode: { sample: () => theirs(docker, made.made) },
    ...(address.startsWith('unix://') && { bare: { sample: () => bare(address.slice('unix://'.length), made.id) } }),
  }
  const { bare: floor, ...results } = summarizeAll(await interleave(contenders, { rounds: quick ? 2 : 5, progress }))
  await made.remove()
  return [
    row({
      scenario: 'logs',
      what: 'read a log of 100 MB',
      results,
      checks: [timesFaster(results.cofferdam.p50, results.dockerode.p50, 1.5, 'dockerode')],
      more: floor ? { 'the engine alone: counting the bytes of its socket': floor } : {},
    }),
  ]
}

async function ours(manager, id) {
  const begun = performance.now()
  let bytes = 0
  for await (const { data } of manager.getContainerLogs(id, { encoding: null })) bytes += data.length
  return whole(bytes, begun)
}

async function theirs(docker, container) {
  const begun = performance.now()
  const stream = await container.logs({ follow: true, stdout: true, stderr: true })
  let bytes = 0
  const output = new PassThrough().on('data', (data) => (bytes += data.length))
  docker.modem.demuxStream(stream, output, output)
  await new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject))
  return whole(bytes, begun)
}

async function bare(socketPath, id) {
  const begun = performance.now()
  const socket = connect(socketPath)
  socket.write(`GET /containers/${id}/logs?stdout=1&stderr=1 HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n`)
  let bytes = 0
  for await (const data of socket) bytes += data.length
  return whole(bytes, begun)
}

function whole(bytes, begun) {
  if (bytes < SIZE) throw new Error(`received only ${bytes} of ${SIZE} bytes of the log`)
  return performance.now() - begun
}

import { spawn as spawnHere } from 'node:child_process'
import { once } from 'node:events'
import { interleave } from '../support/interleave.js'
import { atMost, row, timesAsLong, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { timed } from '../support/timed.js'

const PAUSE = 5
const PIPED = 200_000_000
const CHUNK = Buffer.alloc(1_000_000, 'x')
const LOG = 1024 * 1024

/** Processes with handles: the first byte, a key in a terminal, a stream in both directions, a second look at an output. */
export async function run({ cofferdam, dockerode, quick, progress }) {
  const [ours, theirs] = [await cofferdam.create(), await dockerode.create()]
  const rows = []
  for (const measure of [firstByte, key, pipe, replay]) rows.push(await measure({ ours, theirs, quick, progress }))
  await Promise.all([ours.remove(), theirs.remove()])
  return rows
}

async function firstByte({ ours, quick, progress }) {
  const samples = await interleave(
    {
      cofferdam: { sample: timed(() => readFirst(ours.sandbox)), block: 50, warmup: 5 },
      'cofferdam exec': { sample: timed(() => ours.exec('echo hi')), block: 50, warmup: 5 },
    },
    { rounds: quick ? 3 : 12, pause: PAUSE, progress },
  )
  const results = summarizeAll(samples)
  const { cofferdam, 'cofferdam exec': exec } = results
  return row({ scenario: 'processes', what: "spawn('echo hi') to the first byte", results: { cofferdam }, checks: [timesAsLong(cofferdam.p50, exec.p50, 1.1, 'exec')], more: { 'cofferdam exec': exec } })
}

async function readFirst(sandbox) {
  const process = await sandbox.spawn('echo hi')
  const [data] = await once(process.stdout, 'data')
  if (String(data) !== 'hi\n') throw new Error(`echo hi printed ${data}`)
}

async function key({ ours, theirs, quick, progress }) {
  const terminal = await ours.sandbox.spawn(['cat'], { pty: {} })
  const stream = await theirs.terminal()
  const samples = await interleave(
    {
      cofferdam: { sample: timed(() => type(terminal.stdin, terminal.stdout)), block: 50, warmup: 5 },
      dockerode: { sample: timed(() => type(stream, stream)), block: 50, warmup: 5 },
    },
    { rounds: quick ? 3 : 12, pause: PAUSE, progress },
  )
  await terminal.close()
  stream.destroy()
  const results = summarizeAll(samples)
  return row({ scenario: 'processes', what: 'a key typed into a terminal until its echo', results, checks: [timesFaster(results.cofferdam.p50, results.dockerode.p50, 5, 'dockerode')] })
}

/** One key. Its echo is its own output, because `cat` waits for the end of the line. */
async function type(input, output) {
  input.write('x')
  await once(output, 'data')
}

async function pipe({ ours, theirs, quick, progress }) {
  const viaProcess = async () => {
    const process = await ours.sandbox.spawn(['cat'], { stdin: 'pipe' })
    await through(process.stdin, process.stdout)
  }
  const viaDocker = async () => {
    const child = spawnHere('docker', ['exec', '-i', theirs.id, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
    await through(child.stdin, child.stdout)
  }
  const samples = await interleave({ cofferdam: { sample: timed(viaProcess) }, 'docker exec': { sample: timed(viaDocker) } }, { rounds: quick ? 3 : 9, progress })
  const results = summarizeAll(samples)
  return row({ scenario: 'processes', what: '200 MB into a process and out again', results, checks: [timesFaster(results.cofferdam.p50, results['docker exec'].p50, 1.5, 'docker exec')] })
}

async function through(input, output) {
  let received = 0
  const read = async () => {
    for await (const piece of output) received += piece.length
  }
  const reading = read()
  for (let sent = 0; sent < PIPED; sent += CHUNK.length) if (!input.write(CHUNK)) await once(input, 'drain')
  input.end()
  await reading
  if (received !== PIPED) throw new Error(`${received} of ${PIPED} bytes came back`)
}

async function replay({ ours, quick, progress }) {
  const process = await ours.sandbox.spawn(`head -c ${LOG} /dev/zero; sleep 3600`, { detached: true, log: LOG })
  const look = async () => {
    const again = await ours.sandbox.attach(process.id)
    let received = 0
    for await (const { data } of again.output({ encoding: 'buffer' })) {
      received += data.length
      if (received >= LOG) break
    }
    await again.close()
  }
  const samples = await interleave({ cofferdam: { sample: timed(look), block: 20, warmup: 2 } }, { rounds: quick ? 3 : 9, pause: PAUSE, progress })
  await process.kill('SIGKILL')
  const results = summarizeAll(samples)
  return row({ scenario: 'processes', what: 'attaching to a process and reading 1 MiB of its output', results, checks: [atMost(results.cofferdam.p50, 10, 'p50 ≤ 10 ms')] })
}

import { once } from 'node:events'

/** How often the exit code is queried: it can be missing for a moment after the output has ended. */
const ASKS = 100

/** Runs a command correctly with dockerode: create, start, separate the two streams, wait, query the exit code. */
export async function dockerodeExec(container, command) {
  const exec = await container.exec({ Cmd: ['bash', '-c', command], AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({})
  const [stdout, stderr] = [sink(), sink()]
  container.modem.demuxStream(stream, stdout, stderr)
  await once(stream, 'end')
  return { stdout: stdout.take(), stderr: stderr.take(), exitCode: await exitCode(exec) }
}

/** The part of a stream that `demuxStream` needs, cheaper than a real one. */
function sink() {
  const chunks = []
  return {
    write: (chunk) => chunks.push(chunk),
    take: () => Buffer.concat(chunks),
  }
}

async function exitCode(exec) {
  for (let ask = 0; ask < ASKS; ask++) {
    const { Running, ExitCode } = await exec.inspect()
    if (!Running && ExitCode !== null) return ExitCode
  }
  throw new Error('the engine reported no exit code')
}

import { once } from 'node:events'

/** How often an exit code is asked for: it can be missing for a moment after the output has ended. */
const ASKS = 100

/** A command as it is done right with dockerode: create, start, take the two streams apart, wait, ask for the exit code. */
export async function dockerodeExec(container, command) {
  const exec = await container.exec({ Cmd: ['bash', '-c', command], AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({})
  const [stdout, stderr] = [sink(), sink()]
  container.modem.demuxStream(stream, stdout, stderr)
  await once(stream, 'end')
  return { stdout: stdout.take(), stderr: stderr.take(), exitCode: await exitCode(exec) }
}

/** All that `demuxStream` needs of a stream, and cheaper than one. */
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
  throw new Error('the engine does not say how the command ended')
}

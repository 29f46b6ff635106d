import { docker } from './docker.ts'

/** The label of containers that tests create themselves. */
export const LABEL = 'cofferdam.test'

/** Runs a container as root until it exits, by default of the sandboxes' image, and returns its standard output. */
export async function runContainer({ HostConfig, ...options }: { Image?: string; Entrypoint: string[]; HostConfig: object }): Promise<Buffer> {
  const container = await docker.createContainer({
    Image: 'ai-sandbox:latest',
    User: '0:0',
    Labels: { [LABEL]: String(process.pid) },
    // The engine's default log driver may not keep the output.
    HostConfig: { LogConfig: { Type: 'local' }, ...HostConfig },
    ...options,
  })
  try {
    await container.start()
    const { StatusCode } = await container.wait()
    const log = await container.logs({ stdout: true, stderr: true })
    if (StatusCode !== 0) throw new Error(`${options.Entrypoint.join(' ')}: ${StatusCode}\n${payload(log, 1)}${payload(log, 2)}`)
    return payload(log, 1)
  } finally {
    await container.remove({ force: true, v: true })
  }
}

/** The part of a log from one stream. Each chunk has a header with the stream's number and the size. */
function payload(log: Buffer, stream: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < log.length; ) {
    const size = log.readUInt32BE(at + 4)
    if (log[at] === stream) pieces.push(log.subarray(at + 8, at + 8 + size))
    at += 8 + size
  }
  return Buffer.concat(pieces)
}

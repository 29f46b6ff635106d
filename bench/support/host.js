import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The contender without any sandbox: a shell that this process starts on the host. */
export async function hostExec(command) {
  const { stdout, stderr } = await run('bash', ['-c', command], { encoding: 'buffer', maxBuffer: Infinity })
  return { stdout, stderr, exitCode: 0 }
}

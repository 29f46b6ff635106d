import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The contender without a sandbox: a shell on the host. */
export async function hostExec(command) {
  const { stdout, stderr } = await run('bash', ['-c', command], { encoding: 'buffer', maxBuffer: Infinity })
  return { stdout, stderr, exitCode: 0 }
}

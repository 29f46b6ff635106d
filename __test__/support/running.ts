import type { DockerSandbox, ExecOptions, ExecResult } from '../../index.js'

/** Starts a command and waits for its first output. Its promise never causes an unhandled rejection. */
export async function startCommand(
  sandboxes: DockerSandbox,
  id: string,
  command: string | string[],
  options: ExecOptions = {},
): Promise<{ result: Promise<ExecResult> }> {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const result = sandboxes.exec(id, command, { ...options, onStdout: begin })
  result.catch(() => {})
  await Promise.race([begun, result])
  return { result }
}

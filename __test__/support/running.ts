import type { DockerSandbox, ExecOptions, ExecResult } from '../../index.js'

/** Starts a command and waits until it has printed something; its promise never counts as unhandled. */
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

import type { DockerSandboxOptions } from '../../index.js'
import { runNode } from './node.ts'

export type Step = [method: string, ...args: unknown[]]

export interface Outcome {
  value?: any
  error?: { code: string; message: string; hint?: string; details?: Record<string, unknown> }
}

/** Runs steps in a new process, which then ends, and returns their outcomes in order. */
export async function inOtherProcess(
  options: DockerSandboxOptions,
  steps: Step[],
  process?: { uid?: number; gid?: number; env?: Record<string, string> },
): Promise<Outcome[]> {
  const { code, signal, stdout, stderr } = await runNode('sandbox.js', { options, steps, end: 'close' }, process)
  if (code !== 0) throw new Error(`the process ended with ${code ?? signal}: ${stdout}${stderr}`)
  return outcomes(stdout)
}

/** Parses the output of the fixture `sandbox.js`. */
export function outcomes(stdout: string): Outcome[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Outcome)
}

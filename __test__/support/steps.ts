import type { DockerSandboxOptions, DoctorReport, doctor } from '../../index.js'
import { runNode, type SpawnOptions } from './node.ts'

export type Step = [method: string, ...args: unknown[]]

export interface Outcome {
  value?: any
  error?: { code: string; message: string; hint?: string; details?: Record<string, unknown> }
}

/** Runs steps in a new process, which then ends, and returns their outcomes in order. */
export async function inOtherProcess(
  options: DockerSandboxOptions,
  steps: Step[],
  process?: SpawnOptions,
): Promise<Outcome[]> {
  const { code, signal, stdout, stderr } = await runNode('sandbox.js', { options, steps, end: 'close' }, process)
  if (code !== 0) throw new Error(`the process ended with ${code ?? signal}: ${stdout}${stderr}`)
  return outcomes(stdout)
}

/** The report of `doctor` in a new process. */
export async function doctorInOtherProcess(options: Omit<NonNullable<Parameters<typeof doctor>[0]>, 'signal'>, process?: SpawnOptions): Promise<DoctorReport> {
  const { stdout, stderr } = await runNode('doctor.js', options, process)
  if (stderr !== '') throw new Error(stderr)
  return JSON.parse(stdout) as DoctorReport
}

/** Parses the output of the fixture `sandbox.js`. */
export function outcomes(stdout: string): Outcome[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Outcome)
}

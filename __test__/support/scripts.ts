import { spawn } from 'node:child_process'
import path from 'node:path'

/** The root of this repository. */
export const REPOSITORY = path.resolve(import.meta.dirname, '../..')

export interface ProgramExit {
  code: number
  /** Both streams, interleaved. */
  output: string
}

/** Runs a program until it exits. */
export async function runProgram(file: string, words: string[], { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}): Promise<ProgramExit> {
  const child = spawn(file, words, { stdio: 'pipe', env: { ...process.env, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  // Ignore a program that does not read its input.
  child.stdin.on('error', () => {}).end(stdin)
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve({ code: code ?? -1, output })))
}

/** Runs one of the scripts in `docker/`. */
export function script(name: string, ...words: string[]): Promise<ProgramExit> {
  return runProgram(path.join(REPOSITORY, 'docker', name), words)
}

import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cleanUp } from './sandboxes.ts'

/** User, directory, variables added to this process's environment, and words in front of the command. */
export interface SpawnOptions {
  prefix?: string[]
  uid?: number
  gid?: number
  env?: Record<string, string>
  cwd?: string
}

export interface NodeExit {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface NodeProcess {
  child: ChildProcess
  /** Resolves when the process has exited. */
  exit: Promise<NodeExit>
  /** The output so far. */
  output: { stdout: string; stderr: string }
  /** Resolves when the process has written a text to standard output. */
  wrote(text: string): Promise<void>
}

/** Starts a script of `__test__/fixtures` in a new Node process with one JSON argument. */
export function startNode(fixture: string, argument: unknown, options: SpawnOptions = {}): NodeProcess {
  return startScript(`__test__/fixtures/${fixture}`, [JSON.stringify(argument)], options)
}

/** Starts a script of this project in a new Node process. */
export function startScript(name: string, args: string[], options: SpawnOptions = {}): NodeProcess {
  const script = fileURLToPath(new URL(`../../${name}`, import.meta.url))
  const { prefix = [], ...others } = options
  const [program = '', ...words] = [...prefix, process.execPath, script, ...args]
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], ...others, env: { ...process.env, ...options.env } })
  cleanUp(() => child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text
      for (const listener of listeners) listener()
    })
  }
  const exit = new Promise<NodeExit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...output }))
  })
  const wrote = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (output.stdout.includes(text)) resolve()
      }
      listeners.add(check)
      check()
      exit.then((ended) => reject(new Error(`the process exited before it wrote ${text}: ${JSON.stringify(ended)}`)), reject)
    })
  return { child, exit, output, wrote }
}

/** Runs a script of `__test__/fixtures` until it exits. */
export function runNode(fixture: string, argument: unknown, options: SpawnOptions = {}): Promise<NodeExit> {
  return startNode(fixture, argument, options).exit
}

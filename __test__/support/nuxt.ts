import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, renameSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from './data-dir.ts'
import { expectSuccess, newProject, type Project } from './installed.ts'
import { cleanUp } from './sandboxes.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/nuxt', import.meta.url))
const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

/** How long an installation or a build may take, in milliseconds. */
export const PATIENCE = 300_000

/** Where the example's packages and its build are, once they were made: for all tests of this run. */
const shared = (name: string) => path.join(process.env[ROOT] ?? '', name)

export interface Server {
  url: string
  pid: number
  /** What it has printed. */
  output(): string
  /** Asks it to end, and gives its exit code. */
  stop(): Promise<number | null>
}

/** The example as its users have it: a copy of its files, and the packages of its lock file, ours as they would be published. */
export async function exampleProject(): Promise<Project> {
  const project = await newProject()
  // Not what somebody has made in the original.
  const isSource = (file: string) => !['node_modules', '.nuxt', '.output', 'data'].includes(path.relative(EXAMPLE, file))
  cpSync(EXAMPLE, project.directory, { recursive: true, filter: isSource })
  const modules = path.join(project.directory, 'node_modules')
  // They go from one file of tests to the next: to copy or to remove so many files takes longer than a test.
  if (existsSync(shared('nuxt-modules'))) renameSync(shared('nuxt-modules'), modules)
  else await timed('npm ci', expectSuccess(project.run('npm', ['ci', '--prefer-offline'], { deadline: PATIENCE })))
  cleanUp(() => renameSync(modules, shared('nuxt-modules')))
  return project
}

/** The directory of the example's build. */
export async function builtExample(): Promise<string> {
  const built = shared('nuxt-output')
  if (!existsSync(built)) {
    const project = await exampleProject()
    await timed('nuxi build', expectSuccess(project.run('npx', ['nuxi', 'build'], { deadline: PATIENCE })))
    renameSync(path.join(project.directory, '.output'), built)
  }
  return built
}

/**
 * Starts a server of Nuxt on a free port of 127.0.0.1, and waits until it answers.
 *
 * @param args what Node gets, in this directory
 */
export async function serve(directory: string, args: string[], env: Record<string, string | undefined>): Promise<Server> {
  const port = await freePort()
  const inherited = { PATH: process.env.PATH, HOME: process.env.HOME, CI: process.env.CI, DOCKER_HOST: process.env.DOCKER_HOST }
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { ...inherited, HOST: '127.0.0.1', PORT: String(port), NUXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const pid = child.pid ?? 0
  const exited = once(child, 'exit') as Promise<[number | null]>
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  // All that it has started, too.
  cleanUp(() => child.exitCode === null && child.signalCode === null && process.kill(-pid, 'SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    child.kill('SIGTERM')
    return (await exited)[0]
  }
  for (const deadline = Date.now() + 60_000; ; ) {
    const answer = await fetch(url, { headers: { Connection: 'close' } }).catch(() => undefined)
    if (answer?.ok && !(await answer.text()).includes('__NUXT_LOADING__')) return { url, pid, output: () => output, stop }
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it does not answer (exit code ${child.exitCode}):\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What TypeScript says of a project, and the files that it looked at. */
export function compiled(directory: string, config: string): { errors: string[]; files: string[] } {
  const { stdout } = spawnSync(TSC, ['--noEmit', '--listFiles', '--project', config], { cwd: directory, encoding: 'utf8' })
  const lines = stdout.split('\n')
  return { errors: lines.filter((line) => /error TS\d+:/.test(line)), files: lines.filter((line) => line.startsWith('/')) }
}

/** Prints how long something took. */
export async function timed<T>(what: string, work: Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await work
  console.log(`${what}: ${Math.round(performance.now() - begun)} ms`)
  return result
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

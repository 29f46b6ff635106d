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

/** Milliseconds that an installation or a build may take. */
export const PATIENCE = 300_000

/** The path of the example's packages or build, which all tests of a run share. */
const shared = (name: string) => path.join(process.env[ROOT] ?? '', name)

export interface Server {
  url: string
  pid: number
  /** The output so far. */
  output(): string
  /** Sends SIGTERM and resolves to the exit code. */
  stop(): Promise<number | null>
}

/** The example as users have it: a copy of its files with the packages of its lock file, ours as they would be published. */
export async function exampleProject(): Promise<Project> {
  const project = await newProject()
  // Without build output and data of the original.
  const isSource = (file: string) => !['node_modules', '.nuxt', '.output', 'data'].includes(path.relative(EXAMPLE, file))
  cpSync(EXAMPLE, project.directory, { recursive: true, filter: isSource })
  const modules = path.join(project.directory, 'node_modules')
  // Test files hand the packages on, because copying or removing so many files takes longer than a test.
  if (existsSync(shared('nuxt-modules'))) renameSync(shared('nuxt-modules'), modules)
  else await timed('npm ci', expectSuccess(project.run('npm', ['ci', '--prefer-offline'], { deadline: PATIENCE })))
  cleanUp(() => renameSync(modules, shared('nuxt-modules')))
  return project
}

/** The directory of the example's build, built on first use. */
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
 * Starts a Nuxt server on a free port of 127.0.0.1 and waits until it answers.
 *
 * @param args the arguments for Node, which runs in the directory
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
  // The whole process group, to include child processes.
  cleanUp(() => child.exitCode === null && child.signalCode === null && process.kill(-pid, 'SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    child.kill('SIGTERM')
    return (await exited)[0]
  }
  for (const deadline = Date.now() + 60_000; ; ) {
    const answer = await fetch(url, { headers: { Connection: 'close' } }).catch(() => undefined)
    if (answer?.ok && !(await answer.text()).includes('__NUXT_LOADING__')) return { url, pid, output: () => output, stop }
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server does not answer (exit code ${child.exitCode}):\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Type-checks a project and returns the errors and the files checked. */
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

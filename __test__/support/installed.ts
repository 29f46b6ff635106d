import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from './data-dir.ts'
import { npmRegistry } from './npm-registry.ts'
import { cleanUp } from './sandboxes.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** The only programs that a project's commands find: no compiler, no Rust. */
const PROGRAMS = ['npm', 'npx', 'sh', 'bash', 'env', 'dirname', 'timeout', 'docker', 'find', 'sed', 'sort', 'xargs', 'sha256sum', 'cut', 'mktemp', 'rm']

/** Environment variables of this repository's tests, which a project must not see. Network settings are kept. */
const OURS = /^(npm_(?!config_(ca|cafile|proxy|https_proxy)$)|VITEST|COFFERDAM_(?!DEBIAN_)|CARGO|RUST|NODE_(ENV|OPTIONS|PATH|V8_COVERAGE)$|(TEST|MODE|DEV|PROD|SSR|INIT_CWD|PWD)$)/i

/** This platform, as in the name of its package. */
export const PLATFORM = `${process.platform}-${process.arch}-${'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header ? 'gnu' : 'musl'}`

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** A user's project: a directory outside the repository, and a registry with the packages as they would be published. */
export interface Project {
  directory: string
  /** The environment of its commands. */
  env: Record<string, string>
  /** Runs a command in the directory. Kills it after the deadline in milliseconds (2 minutes). */
  run(command: string, args: string[], options?: { deadline?: number; env?: Record<string, string> }): Promise<Ran>
  /** Writes a file in the directory. */
  write(name: string, content: string): void
  /** Bytes of our packages that the project has downloaded. */
  fetched(): number
}

interface ProjectOptions {
  /** The path of Node. Default: this process's. */
  node?: string
  /** Whether the registry has our packages. Default: true. */
  published?: boolean
}

/** An empty project, removed afterwards. */
export async function newProject({ node = process.execPath, published = true }: ProjectOptions = {}): Promise<Project> {
  const registry = await npmRegistry(published ? packed() : undefined)
  const home = mkdtempSync(path.join(testRoot(), 'project-'))
  cleanUp(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }))
  const directory = path.join(home, 'app')
  const programs = path.join(home, 'bin')
  for (const made of [directory, programs]) mkdirSync(made)
  symlinkSync(node, path.join(programs, 'node'))
  for (const name of PROGRAMS) symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(programs, name))
  const inherited = Object.entries(process.env).filter(([name, value]) => value !== undefined && !OURS.test(name)) as [string, string][]
  const env = { ...Object.fromEntries(inherited), PATH: programs, npm_config_registry: registry.url, npm_config_audit: 'false', npm_config_fund: 'false' }
  return {
    directory,
    env,
    run: (command, args, options) => run(path.join(programs, command), args, directory, { ...env, ...options?.env }, options?.deadline ?? 120_000),
    write(name, content) {
      const file = path.join(directory, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, content)
    },
    fetched: registry.sent,
  }
}

/** A project in which the package is installed. */
export async function installed(options?: ProjectOptions): Promise<Project> {
  const project = await newProject(options)
  await expectSuccess(project.run('npm', ['install', 'cofferdam']))
  return project
}

/** Returns the output of a command. Throws an error with the output if it failed. */
export async function expectSuccess(ran: Promise<Ran>): Promise<Ran> {
  const { code, stdout, stderr } = await ran
  if (code !== 0) throw new Error(`exited with code ${code}:\n${stdout}\n${stderr}`)
  return { code, stdout, stderr }
}

/**
 * The packages, created once per run. The addon for this machine is the one that was built. Packages of other platforms have a
 * text file in its place, which must never be loaded.
 */
export function packed(): string {
  const done = path.join(testRoot(), 'packed')
  if (existsSync(done)) return done
  const work = mkdtempSync(path.join(testRoot(), 'packing-'))
  const addons = path.join(work, 'addons')
  mkdirSync(addons)
  for (const platform of ['x64-gnu', 'x64-musl', 'arm64-gnu', 'arm64-musl']) writeFileSync(path.join(addons, `cofferdam.linux-${platform}.node`), 'for another platform')
  const built = readdirSync(REPOSITORY).filter((file) => /^cofferdam\..*\.node$/.test(file))
  for (const file of built) copyFileSync(path.join(REPOSITORY, file), path.join(addons, file))
  // The licences come from Cargo.
  const env = { ...process.env, PATH: `${process.env.PATH}:${process.env.CARGO_HOME ?? path.join(homedir(), '.cargo')}/bin` }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/pack.js', addons, path.join(work, 'packed')], { cwd: REPOSITORY, encoding: 'utf8', env })
  if (status !== 0) throw new Error(`could not create the packages:\n${stdout}${stderr}`)
  try {
    renameSync(path.join(work, 'packed'), done)
  } catch (error) {
    // Another worker has already created the same packages.
    if (!existsSync(done)) throw error
  }
  rmSync(work, { recursive: true })
  return done
}

/** The tarball of a package. */
export function tarballOf(name: string): string {
  const found = readdirSync(packed()).find((file) => new RegExp(`^${name}-\\d`).test(file))
  if (!found) throw new Error(`${name} was not packed`)
  return path.join(packed(), found)
}

function testRoot(): string {
  const root = process.env[ROOT]
  if (!root) throw new Error(`${ROOT} is not set: run the tests with vitest`)
  return root
}

async function run(program: string, args: string[], cwd: string, env: Record<string, string>, deadline: number): Promise<Ran> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text))
  // The whole process group, to include child processes.
  const stop = () => {
    if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const timer = setTimeout(stop, deadline)
  cleanUp(stop)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, ...output }
}

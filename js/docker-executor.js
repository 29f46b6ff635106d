import { checkArgument, checkOptions, kinds } from './check.js'
import { invalid } from './error.js'
import { EXEC, execResult, listen } from './exec.js'
import { CONTEXTS, hostEnvironment, isolationOf } from './isolation.js'
import { callNative } from './native.js'
import { SANDBOX, SANDBOXES, makeSandboxes } from './sandbox-options.js'

const { profile: _profile, workspace: _workspace, ...LIMITS } = SANDBOX
const OPTIONS = {
  ...LIMITS,
  engine: SANDBOXES.engine,
  engineTimeout: kinds.number,
  isolation: kinds.string,
  tasksDir: kinds.string,
  images: kinds.record,
  log: kinds.function,
  logLevel: kinds.string,
}
const TASK = { ...EXEC, image: kinds.string, runtime: kinds.string, archive: kinds.data, files: kinds.files }
const BATCH = { concurrency: kinds.number, signal: kinds.signal }

/** The images that docker/build-sandbox.sh builds for them. */
const RUNTIME_IMAGES = {
  shell: 'cofferdam-runtime-shell:latest',
  node: 'cofferdam-runtime-node:latest',
  python: 'cofferdam-runtime-python:latest',
  gcc: 'cofferdam-runtime-gcc:latest',
}
const LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/** The environment's words for what no option says. */
const VARIABLES = { timeout: 'DOCKER_TIMEOUT', memory: 'DOCKER_MEMORY_LIMIT', cpus: 'DOCKER_CPU_LIMIT' }

/** One hardened container for each task, gone afterwards. */
export class DockerExecutor {
  #sandboxes
  #isolation
  #images
  #log
  #threshold
  #swept

  constructor(options) {
    const { tasksDir, images = {}, log = print, logLevel = 'info', isolation, ...rest } = checkOptions(options, OPTIONS)
    for (const name of Object.keys(images)) checkRuntime('images', name)
    if (!LEVELS.includes(logLevel)) throw invalid('logLevel', `logLevel is one of ${LEVELS.join(', ')}, not ${JSON.stringify(logLevel)}`)
    this.#isolation = isolationOf(isolation)
    this.#images = images
    this.#log = log
    this.#threshold = LEVELS.indexOf(logLevel)
    this.#sandboxes = makeSandboxes({ profile: 'task', ...environment(), ...rest, ...(tasksDir && { dataDir: tasksDir }) })
    this.#write('info', CONTEXTS[this.#isolation].once)
  }

  async execute(command, workspaceDir, options) {
    if (typeof workspaceDir === 'object' && workspaceDir !== null) return this.execute(command, undefined, workspaceDir)
    if (workspaceDir !== undefined && workspaceDir !== null) checkArgument('workspaceDir', workspaceDir, kinds.string)
    checkArgument('command', command, kinds.words)
    const { image, runtime, archive, files = {}, encoding, onStdout, onStderr, signal, ...rest } = checkOptions(options, TASK)
    if (runtime !== undefined) checkRuntime('runtime', runtime)
    const host = this.#isolation === 'host'
    const task = {
      hostEnvironment: host ? hostEnvironment() : undefined,
      workspaceDir: workspaceDir ?? undefined,
      archive,
      files: Object.entries(files).map(([path, content]) => ({ path, content })),
    }
    const binary = encoding === null || encoding === 'buffer'
    await this.#sweep()
    this.#write(...CONTEXTS[this.#isolation].each)
    if (host && (image ?? runtime)) this.#write('debug', `Ignored on the host, which has programs and no images: ${image ?? runtime}`)
    const run = (from) =>
      listen({ onStdout, onStderr, binary, signal }, (cancellation, output) =>
        this.#sandboxes.runTask({ ...task, image: from }, command, { ...rest, binary }, cancellation, output),
      )
    const given = image ?? this.#images[runtime]
    const { result, containerId, leftover } = await (given || !runtime || host ? run(given) : this.#runIn(RUNTIME_IMAGES[runtime], run))
    if (leftover) this.#write('warn', `Could not remove everything of a task: ${leftover}`)
    return { ...execResult(result), containerId: containerId ?? null, isolation: this.#isolation, cleanup: { done: !leftover, error: leftover ?? null } }
  }

  async executeBatch(tasks, options) {
    checkArgument('tasks', tasks, kinds.objects)
    const { concurrency = 4, signal } = checkOptions(options, BATCH)
    if (!(Number.isInteger(concurrency) && concurrency > 0)) throw invalid('concurrency', 'concurrency must be a whole number from 1')
    const results = Array.from({ length: tasks.length })
    let next = 0
    const worker = async () => {
      while (next < tasks.length) {
        const index = next++
        results[index] = await this.#executeOneOf(tasks[index], signal).then(
          (value) => ({ status: 'fulfilled', value }),
          (reason) => ({ status: 'rejected', reason }),
        )
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, worker))
    return results
  }

  async close() {
    await callNative(undefined, () => this.#sandboxes.close(false))
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  async #executeOneOf({ command, workspaceDir, signal: own, ...options }, batch) {
    if (own !== undefined) checkArgument('signal', own, kinds.signal)
    const signal = batch && own ? AbortSignal.any([batch, own]) : (batch ?? own)
    return this.execute(command, workspaceDir, { ...options, signal })
  }

  /** In the runtime's image, or where that was not built, in the one that has all runtimes. */
  async #runIn(image, run) {
    try {
      return await run(image)
    } catch (error) {
      if (error.code !== 'IMAGE_NOT_FOUND' || error.details?.image !== image) throw error
      this.#write('info', `There is no image ${image}: the task runs in the default one`)
      return run(undefined)
    }
  }

  /** Once: what is left of processes that died. */
  #sweep() {
    this.#swept ??= callNative(undefined, () => this.#sandboxes.sweepTasks(this.#isolation === 'host')).then(
      (ids) => ids.length > 0 && this.#write('info', `Removed what was left of ${ids.length} tasks`),
      (error) => {
        // The task itself will say what is wrong with the engine.
        this.#swept = undefined
        this.#write('debug', `Could not look for what dead processes left: ${error.message}`)
      },
    )
    return this.#swept
  }

  #write(level, message) {
    if (LEVELS.indexOf(level) < this.#threshold) return
    this.#log(`[${new Date().toISOString()}] [${level.toUpperCase()}] ${message}`, level)
  }
}

function checkRuntime(argument, name) {
  if (Object.hasOwn(RUNTIME_IMAGES, name)) return
  throw invalid(argument, `${argument}: there is no runtime ${JSON.stringify(name)}; there are ${Object.keys(RUNTIME_IMAGES).join(', ')}`)
}

function environment() {
  const set = Object.entries(VARIABLES).filter(([, variable]) => process.env[variable])
  return Object.fromEntries(
    set.map(([name, variable]) => {
      const text = process.env[variable]
      if (name === 'memory') return [name, text]
      if (!(Number(text) > 0)) throw invalid(variable, `${variable} must be a positive number, not ${JSON.stringify(text)}`)
      return [name, Number(text)]
    }),
  )
}

/** Standard output is for what the program itself has to say. */
function print(line) {
  console.error(line)
}

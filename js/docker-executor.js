import { callNative } from './addon/call.js'
import { defaults, native } from './addon/load.js'
import { listen } from './addon/streams.js'
import { invalid } from './errors/sandbox-error.js'
import { checkArgument, checkOptions, isBinary, kinds } from './options/check.js'
import { BATCH, EXECUTOR, TASK } from './options/tables.js'
import { execResult, execTerms } from './sandbox/exec.js'
import { makeSandboxes } from './sandbox/make.js'
import { settleAll } from './tasks/batch.js'
import { TaskLog } from './tasks/log.js'
import { CONTEXTS, RUNTIME_IMAGES, checkRuntime, environmentOptions, hostEnvironment, isolationOf } from './tasks/settings.js'

/** One hardened container per task, removed afterwards. */
export class DockerExecutor {
  #sandboxes
  #tasks
  #isolation
  #images
  #log
  #swept

  constructor(options) {
    const { tasksDir, images = {}, log, logLevel, isolation, ...rest } = checkOptions(options, EXECUTOR)
    for (const name of Object.keys(images)) checkRuntime('images', name)
    this.#log = new TaskLog(log, logLevel)
    this.#isolation = isolationOf(isolation)
    this.#images = images
    this.#sandboxes = makeSandboxes({ profile: 'task', ...environmentOptions(), ...rest, ...(tasksDir && { dataDir: tasksDir }) })
    this.#tasks = new native.NativeTasks(this.#sandboxes)
    this.#log.write('info', CONTEXTS[this.#isolation].once)
  }

  async execute(command, workspaceDir, options) {
    if (typeof workspaceDir === 'object' && workspaceDir !== null) return this.execute(command, undefined, workspaceDir)
    if (workspaceDir !== undefined && workspaceDir !== null) checkArgument('workspaceDir', workspaceDir, kinds.string)
    checkArgument('command', command, kinds.words)
    const { image, runtime, archive, files = {}, chownWorkspace, encoding, onStdout, onStderr, signal, ...rest } = checkOptions(options, TASK)
    if (runtime !== undefined) checkRuntime('runtime', runtime)
    const host = this.#isolation === 'host'
    const task = {
      hostEnvironment: host ? hostEnvironment() : undefined,
      workspaceDir: workspaceDir ?? undefined,
      chownWorkspace,
      archive,
      files: Object.entries(files).map(([path, content]) => ({ path, content })),
    }
    const [binary, terms] = [isBinary(encoding), execTerms(rest)]
    await this.#sweep()
    this.#log.write(...CONTEXTS[this.#isolation].each)
    if (host && (image ?? runtime)) this.#log.write('debug', `Ignored on the host, which has no images: ${image ?? runtime}`)
    const run = (from) =>
      listen({ onStdout, onStderr, binary, signal }, (cancellation, output) =>
        this.#tasks.run({ ...task, image: from }, command, { ...terms, binary }, cancellation, output),
      )
    const given = image ?? this.#images[runtime]
    const { result, containerId, workspace, leftover } = await (given || !runtime || host ? run(given) : this.#runIn(RUNTIME_IMAGES[runtime], run))
    if (workspace === 'copied') this.#log.write('warn', `${workspaceDir} belongs to root: the task worked on a copy, which is gone. Pass chownWorkspace to let it change the directory`)
    if (leftover) this.#log.write('warn', `Could not clean up after a task: ${leftover}`)
    return { ...execResult(result), containerId: containerId ?? null, isolation: this.#isolation, workspace, cleanup: { done: !leftover, error: leftover ?? null } }
  }

  async executeBatch(tasks, options) {
    checkArgument('tasks', tasks, kinds.objects)
    const { concurrency = defaults.tasks.concurrency, signal } = checkOptions(options, BATCH)
    if (!(Number.isInteger(concurrency) && concurrency > 0)) throw invalid('concurrency', `concurrency must be a positive integer, not ${concurrency}`)
    return settleAll(tasks, concurrency, (task) => this.#executeOneOf(task, signal))
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

  /** Runs a task in a runtime's default image, or if that is missing, in the executor's image, which has all runtimes. */
  async #runIn(image, run) {
    try {
      return await run(image)
    } catch (error) {
      if (error.code !== 'IMAGE_NOT_FOUND' || error.details?.image !== image) throw error
      this.#log.write('info', `Image ${image} is missing: the task runs in the default image`)
      return run(undefined)
    }
  }

  /** Removes, once, what tasks of processes that died have left. */
  #sweep() {
    this.#swept ??= callNative(undefined, () => this.#tasks.sweep(this.#isolation === 'host')).then(
      (ids) => ids.length > 0 && this.#log.write('info', `Removed leftovers of ${ids.length} tasks`),
      (error) => {
        // The task itself will report what is wrong with the engine.
        this.#swept = undefined
        this.#log.write('debug', `Could not look for leftovers of processes that died: ${error.message}`)
      },
    )
    return this.#swept
  }
}

import { checkArgument, checkOptions, kinds } from './check.js'
import { EngineClient, filtersAsJson, parseAnswer } from './engine-client.js'
import { date, event, progress, seconds, stats, summary } from './engine-facts.js'
import { invalid } from './error.js'
import { EXEC, listen } from './exec.js'
import { callNative } from './native.js'
import { checkContainer } from './container-config.js'
import { decoded, iterate } from './streams.js'

const STOP = { timeout: kinds.number, signal: kinds.signal }
const REMOVE = { force: kinds.boolean, signal: kinds.signal }
const LIST = { all: kinds.boolean, filters: kinds.filters, signal: kinds.signal }
const LOGS = {
  follow: kinds.boolean,
  stdout: kinds.boolean,
  stderr: kinds.boolean,
  tail: kinds.count,
  since: kinds.time,
  until: kinds.time,
  timestamps: kinds.boolean,
  encoding: kinds.encoding,
  signal: kinds.signal,
}
const EVENTS = { filters: kinds.filters, since: kinds.time, until: kinds.time, signal: kinds.signal }
const PULL = { platform: kinds.string, onProgress: kinds.function, signal: kinds.signal }
const BUILD = {
  dockerfile: kinds.string,
  tags: kinds.strings,
  buildArgs: kinds.record,
  labels: kinds.record,
  target: kinds.string,
  noCache: kinds.boolean,
  network: kinds.string,
  onProgress: kinds.function,
  signal: kinds.signal,
}
const COMMIT = { name: kinds.string, message: kinds.string, pause: kinds.boolean, signal: kinds.signal }
const CONTAINER_EXEC = { ...EXEC, user: kinds.string }
const WATCH = { interval: kinds.number, signal: kinds.signal }

/** Set so that a container which names no limit has one. */
const DEFAULTS = { memory: ['CONTAINER_MEMORY_MB', 2 ** 20], cpuShares: ['CONTAINER_CPU_SHARES', 1], pids: ['CONTAINER_PIDS_LIMIT', 1] }

/** Any container and image of an engine. */
export class DockerManager {
  #client

  constructor(options) {
    this.#client = new EngineClient(options, defaults)
  }

  async initialize(options) {
    return this.info(options)
  }

  async info(options) {
    return this.#client.json(options, (cancellation) => this.#client.manager.info(cancellation))
  }

  async version(options) {
    return this.#client.json(options, (cancellation) => this.#client.manager.version(cancellation))
  }

  async ping(options) {
    const begun = performance.now()
    await this.#client.call(options, (cancellation) => this.#client.manager.ping(cancellation))
    return performance.now() - begun
  }

  async createContainer(config, options) {
    const checked = checkContainer(config)
    return this.#client.call(options, (cancellation) => this.#client.manager.create(JSON.stringify(checked), cancellation))
  }

  async startContainer(id, options) {
    return this.#change(id, { verb: 'start' }, options)
  }

  async stopContainer(id, options) {
    return this.#stop(id, 'stop', options)
  }

  async restartContainer(id, options) {
    return this.#stop(id, 'restart', options)
  }

  async pauseContainer(id, options) {
    return this.#change(id, { verb: 'pause' }, options)
  }

  async unpauseContainer(id, options) {
    return this.#change(id, { verb: 'unpause' }, options)
  }

  async killContainer(id, signal = 'SIGKILL', options = undefined) {
    checkArgument('signal', signal, kinds.string)
    return this.#change(id, { verb: 'kill', signal }, options)
  }

  async removeContainer(id, options) {
    const { force, signal } = checkOptions(typeof options === 'boolean' ? { force: options } : options, REMOVE)
    return this.#change(id, { verb: 'remove', force }, { signal })
  }

  async inspectContainer(id, options) {
    checkArgument('id', id, kinds.string)
    return this.#client.json(options, (cancellation) => this.#client.manager.inspect(id, cancellation))
  }

  async getContainerStatus(id, options) {
    const { Id, Name, State, RestartCount } = await this.inspectContainer(id, options)
    return {
      id: Id,
      name: Name.replace(/^\//, ''),
      state: State.Status,
      running: State.Running,
      paused: State.Paused,
      exitCode: State.Running ? null : State.ExitCode,
      oomKilled: State.OOMKilled,
      error: State.Error || null,
      pid: State.Pid || null,
      startedAt: date(State.StartedAt),
      finishedAt: date(State.FinishedAt),
      restarts: RestartCount,
      health: State.Health?.Status ?? null,
    }
  }

  async listContainers(options) {
    const { all = false, filters, signal } = checkOptions(typeof options === 'boolean' ? { all: options } : options, LIST)
    const listed = await this.#client.json({ signal }, (cancellation) => this.#client.manager.list(all, filtersAsJson(filters), cancellation))
    return listed.map(summary)
  }

  async pruneContainers(options) {
    const { all = false, filters, signal } = checkOptions(options, LIST)
    const chosen = all ? filters : { ...filters, label: ['cofferdam.managed', ...[filters?.label ?? []].flat()] }
    const pruned = await this.#client.json({ signal }, (cancellation) => this.#client.manager.prune(filtersAsJson(chosen), cancellation))
    return { removed: pruned.ContainersDeleted ?? [], spaceReclaimed: pruned.SpaceReclaimed }
  }

  async wait(id, options) {
    checkArgument('id', id, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.wait(id, cancellation))
  }

  getContainerLogs(id, options) {
    checkArgument('id', id, kinds.string)
    const { encoding, signal, follow = false, stdout = true, stderr = true, timestamps = false, since, until, tail } = checkOptions(options, LOGS)
    const given = { follow, stdout, stderr, timestamps, tail, since: seconds(since), until: seconds(until) }
    const open = (cancellation) => this.#client.manager.logs(id, given, cancellation)
    const chunks = iterate(signal, open, (batch) => (batch.length > 0 ? batch : undefined))
    return decoded(chunks, encoding === null || encoding === 'buffer')
  }

  async getContainerStats(id, options) {
    checkArgument('id', id, kinds.string)
    return stats(await this.#client.call(options, (cancellation) => this.#client.manager.stats(id, cancellation)))
  }

  async *watchContainerStats(id, options) {
    const { interval = 1000, signal } = checkOptions(options, WATCH)
    if (!(interval >= 10)) throw invalid('interval', `interval must be at least 10 ms, not ${interval}`)
    for (;;) {
      let next
      try {
        next = await this.getContainerStats(id, { signal })
      } catch (error) {
        // It has ended, and with it what there is to watch.
        if (error.code === 'CONFLICT' || error.code === 'NOT_FOUND') return
        throw error
      }
      yield next
      await pause(interval, signal)
    }
  }

  async exec(id, command, options) {
    checkArgument('id', id, kinds.string)
    checkArgument('command', command, kinds.words)
    if (command.length === 0 || command[0] === '') throw invalid('command', 'command must not be empty')
    const { timeout = 30_000, outputLimit = 102_400, encoding, onStdout, onStderr, signal, ...rest } = checkOptions(options, CONTAINER_EXEC)
    const binary = encoding === null || encoding === 'buffer'
    const words = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
    const given = { ...rest, command: words, timeout, outputLimit, binary }
    return listen({ onStdout, onStderr, binary, signal }, (cancellation, output) => this.#client.manager.exec(id, given, cancellation, output))
  }

  events(options) {
    const { filters, since, until, signal } = checkOptions(options, EVENTS)
    const open = (cancellation) => this.#client.manager.events(filtersAsJson(filters), seconds(since), seconds(until), cancellation)
    return iterate(signal, open, (line) => (typeof line === 'string' ? [event(parseAnswer(line))] : undefined))
  }

  async pull(image, options) {
    checkArgument('image', image, kinds.string)
    const { platform, onProgress, signal } = checkOptions(options, PULL)
    for await (const line of this.#lines(signal, (cancellation) => this.#client.manager.pull(image, platform, cancellation))) {
      await onProgress?.(progress(line))
    }
  }

  async buildImage(context, options) {
    checkArgument('context', context, kinds.string)
    const { onProgress, signal, ...rest } = checkOptions(options, BUILD)
    let id
    for await (const line of this.#lines(signal, (cancellation) => this.#client.manager.build({ context, ...rest }, cancellation))) {
      id = line.aux?.ID ?? id
      await onProgress?.(progress(line))
    }
    return id
  }

  async tag(image, name, options) {
    checkArgument('image', image, kinds.string)
    checkArgument('name', name, kinds.string)
    await this.#client.call(options, (cancellation) => this.#client.manager.tag(image, name, cancellation))
  }

  async removeImage(image, options) {
    checkArgument('image', image, kinds.string)
    const { force = false, signal } = checkOptions(options, REMOVE)
    return callNative(signal, (cancellation) => this.#client.manager.removeImage(image, force, cancellation))
  }

  async listImages(options) {
    const { all = false, filters, signal } = checkOptions(options, LIST)
    const images = await this.#client.json({ signal }, (cancellation) => this.#client.manager.images(all, filtersAsJson(filters), cancellation))
    return images.map(({ Id, RepoTags, Size, Created, Labels }) => ({
      id: Id,
      tags: (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
      size: Size,
      created: new Date(Created * 1000).toISOString(),
      labels: Labels ?? {},
    }))
  }

  async commit(id, options) {
    checkArgument('id', id, kinds.string)
    const { name, message, pause: paused = true, signal } = checkOptions(options, COMMIT)
    return callNative(signal, (cancellation) => this.#client.manager.commit(id, name, message, paused, cancellation))
  }

  async close() {
    this.#client.close()
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  #stop(id, verb, options) {
    const { timeout, signal } = checkOptions(typeof options === 'number' ? { timeout: options } : options, STOP)
    if (timeout !== undefined && !(timeout >= 0 && timeout <= 3_600_000)) throw invalid('timeout', 'timeout must be from 0 to 3600000 ms')
    return this.#change(id, { verb, grace: timeout === undefined ? undefined : Math.ceil(timeout / 1000) }, { signal })
  }

  async #change(id, change, options) {
    checkArgument('id', id, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.change(id, change, cancellation))
  }

  #lines(signal, open) {
    return iterate(signal, open, (line) => (typeof line === 'string' ? [parseAnswer(line)] : undefined))
  }
}

function defaults() {
  return Object.fromEntries(Object.entries(DEFAULTS).map(([name, [variable, unit]]) => [name, limit(variable, unit)]))
}

function limit(variable, unit) {
  const text = process.env[variable]
  if (!text) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value <= 0) throw invalid(variable, `${variable} must be a positive whole number, not ${JSON.stringify(text)}`)
  return value * unit
}

/** Waits, unless aborted meanwhile; keeps no process alive that has nothing else to do. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done)
  })
}

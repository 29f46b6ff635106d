import { aborted, callNative } from './addon/call.js'
import { Items } from './addon/items.js'
import { defaults } from './addon/load.js'
import { iterate, listen } from './addon/streams.js'
import { containerStats, containerStatus, containerSummary, engineEvent, instant, logEntries, seconds } from './engine/answers.js'
import { filtersAsJson, managedOnly, parseAnswer } from './engine/client.js'
import { SandboxError, invalid } from './errors/sandbox-error.js'
import { clientOf } from './manager/connected.js'
import { Processes } from './manager/processes.js'
import { checkArgument, checkOptions, isBinary, kinds } from './options/check.js'
import { checkContainer, checkUpdate } from './options/container.js'
import { CONTAINER_EXEC, EVENTS, LIST, LOGS, REMOVE_CONTAINER, REQUEST, STOP, TOP, WAIT, WATCH } from './options/tables.js'

const { execTimeout, outputLimit: OUTPUT_LIMIT, shell, killSignal, maxStopTimeout, statsInterval, minStatsInterval } = defaults.containers

/** The longest delay of a timer, in milliseconds. */
const MAX_DELAY = 2 ** 31 - 1

/** Any container or image of an engine. */
export class DockerManager extends Processes {
  async initialize(options) {
    return this.info(options)
  }

  async info(options) {
    return clientOf(this).json(options, (cancellation) => clientOf(this).manager.info(cancellation))
  }

  async version(options) {
    return clientOf(this).json(options, (cancellation) => clientOf(this).manager.version(cancellation))
  }

  async ping(options) {
    const begun = performance.now()
    await clientOf(this).call(options, (cancellation) => clientOf(this).manager.ping(cancellation))
    return performance.now() - begun
  }

  async diskUsage(options) {
    return clientOf(this).json(options, (cancellation) => clientOf(this).manager.diskUsage(cancellation))
  }

  async request(method, path, options) {
    checkArgument('method', method, kinds.string)
    checkArgument('path', path, kinds.string)
    const { query, body, signal } = checkOptions(options, REQUEST)
    const json = (value) => (value === undefined ? undefined : JSON.stringify(value))
    const answer = await callNative(signal, (cancellation) => clientOf(this).manager.request(method, path, json(query), json(body), cancellation))
    try {
      return answer === '' ? undefined : JSON.parse(answer)
    } catch {
      return answer
    }
  }

  async createContainer(config, options) {
    const checked = checkContainer(config)
    return clientOf(this).call(options, (cancellation) => clientOf(this).manager.create(JSON.stringify(checked), cancellation))
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

  async killContainer(id, signal = killSignal, options = undefined) {
    checkArgument('signal', signal, kinds.signalName)
    return this.#change(id, { verb: 'kill', signal: String(signal) }, options)
  }

  async removeContainer(id, options) {
    const { force, volumes, signal } = checkOptions(typeof options === 'boolean' ? { force: options } : options, REMOVE_CONTAINER)
    return this.#change(id, { verb: 'remove', force, volumes }, { signal })
  }

  async inspectContainer(id, options) {
    checkArgument('id', id, kinds.string)
    return clientOf(this).json(options, (cancellation) => clientOf(this).manager.inspect(id, cancellation))
  }

  async renameContainer(id, name, options) {
    checkArgument('id', id, kinds.string)
    checkArgument('name', name, kinds.string)
    await clientOf(this).call(options, (cancellation) => clientOf(this).manager.rename(id, name, cancellation))
  }

  async updateContainer(id, update, options) {
    checkArgument('id', id, kinds.string)
    const checked = JSON.stringify(checkUpdate(update))
    const { Warnings } = await clientOf(this).json(options, (cancellation) => clientOf(this).manager.update(id, checked, cancellation))
    return { warnings: Warnings ?? [] }
  }

  async listProcesses(id, options) {
    checkArgument('id', id, kinds.string)
    const { psArguments, signal } = checkOptions(options, TOP)
    const { Titles, Processes } = await clientOf(this).json({ signal }, (cancellation) => clientOf(this).manager.top(id, psArguments, cancellation))
    return { titles: Titles, processes: Processes ?? [] }
  }

  async listChanges(id, options) {
    checkArgument('id', id, kinds.string)
    const changes = await clientOf(this).json(options, (cancellation) => clientOf(this).manager.changes(id, cancellation))
    return (changes ?? []).map(({ Kind, Path }) => ({ kind: ['changed', 'added', 'deleted'][Kind], path: Path }))
  }

  async getContainerStatus(id, options) {
    return containerStatus(await this.inspectContainer(id, options))
  }

  async listContainers(options) {
    const { all = false, filters, signal } = checkOptions(typeof options === 'boolean' ? { all: options } : options, LIST)
    const listed = await clientOf(this).json({ signal }, (cancellation) => clientOf(this).manager.list(all, filtersAsJson(filters), cancellation))
    return listed.map(containerSummary)
  }

  async pruneContainers(options) {
    const { all = false, filters, signal } = checkOptions(options, LIST)
    const chosen = all ? filters : managedOnly(filters)
    const pruned = await clientOf(this).json({ signal }, (cancellation) => clientOf(this).manager.prune(filtersAsJson(chosen), cancellation))
    return { removed: pruned.ContainersDeleted ?? [], spaceReclaimed: pruned.SpaceReclaimed }
  }

  async wait(id, options) {
    checkArgument('id', id, kinds.string)
    const { condition, signal } = checkOptions(options, WAIT)
    return callNative(signal, (cancellation) => clientOf(this).manager.wait(id, condition, cancellation))
  }

  getContainerLogs(id, options) {
    checkArgument('id', id, kinds.string)
    const { encoding, signal, follow = false, stdout = true, stderr = true, timestamps = false, since, after, until, tail } = checkOptions(options, LOGS)
    if (since !== undefined && after !== undefined) throw invalid('after', 'after and since cannot both be given')
    const given = { follow, stdout, stderr, timestamps, tail, since: instant(since), after, until: instant(until) }
    const open = (cancellation) => clientOf(this).manager.logs(id, given, cancellation)
    const { items, rest } = logEntries(isBinary(encoding))
    return iterate(signal, open, items, rest)
  }

  async getContainerStats(id, options) {
    checkArgument('id', id, kinds.string)
    return containerStats(await clientOf(this).call(options, (cancellation) => clientOf(this).manager.stats(id, cancellation)))
  }

  watchContainerStats(id, options) {
    const left = new AbortController()
    let first = true
    const pull = async () => {
      const { interval = statsInterval, signal } = checkOptions(options, WATCH)
      if (!(interval >= minStatsInterval && interval <= MAX_DELAY)) throw invalid('interval', `interval must be from ${minStatsInterval} to ${MAX_DELAY} ms, not ${interval}`)
      const ended = signal ? AbortSignal.any([signal, left.signal]) : left.signal
      if (!first) await pause(interval, ended)
      if (!first && signal?.aborted) throw aborted(new SandboxError('ABORTED', 'the call was aborted'), signal)
      first = false
      try {
        return [await this.getContainerStats(id, { signal: ended })]
      } catch (error) {
        // The container has ended.
        if (error.code === 'CONFLICT' || error.code === 'NOT_FOUND') return undefined
        throw error
      }
    }
    return new Items(pull, () => left.abort())
  }

  async exec(id, command, options) {
    checkArgument('id', id, kinds.string)
    checkArgument('command', command, kinds.words)
    if (command.length === 0 || command[0] === '') throw invalid('command', 'command must not be empty')
    const { timeout = execTimeout, outputLimit = OUTPUT_LIMIT, encoding, onStdout, onStderr, signal, ...rest } = checkOptions(options, CONTAINER_EXEC)
    const binary = isBinary(encoding)
    const words = typeof command === 'string' ? [...shell, command] : command
    const given = { ...rest, command: words, timeout, outputLimit, binary }
    return listen({ onStdout, onStderr, binary, signal }, (cancellation, output) => clientOf(this).manager.exec(id, given, cancellation, output))
  }

  events(options) {
    const { filters, since, until, signal } = checkOptions(options, EVENTS)
    const open = (cancellation) => clientOf(this).manager.events(filtersAsJson(filters), seconds(since), seconds(until), cancellation)
    return iterate(signal, open, (line) => (typeof line === 'string' ? [engineEvent(parseAnswer(line))] : undefined))
  }

  #stop(id, verb, options) {
    const { timeout, signal } = checkOptions(typeof options === 'number' ? { timeout: options } : options, STOP)
    if (timeout !== undefined && !(timeout >= 0 && timeout <= maxStopTimeout)) throw invalid('timeout', `timeout must be from 0 to ${maxStopTimeout} ms, not ${timeout}`)
    return this.#change(id, { verb, grace: timeout === undefined ? undefined : Math.ceil(timeout / 1000) }, { signal })
  }

  async #change(id, change, options) {
    checkArgument('id', id, kinds.string)
    return clientOf(this).call(options, (cancellation) => clientOf(this).manager.change(id, change, cancellation))
  }
}

/** Waits, or returns early if the signal is aborted. */
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

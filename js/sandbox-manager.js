import { EventEmitter } from 'node:events'
import { callNative } from './addon/call.js'
import { native } from './addon/load.js'
import { SandboxFs } from './fs/sandbox-fs.js'
import { SandboxError, fromNative } from './errors/sandbox-error.js'
import { checkArgument, checkOptions, kinds } from './options/check.js'
import { CALL, CLOSE, SANDBOXES, SESSION, sandboxOptions } from './options/tables.js'
import { connect, fetch, ports, tunnel, waitForPort } from './port/ports.js'
import { attach, processes, spawn } from './process/spawn.js'
import { stats, watchStats } from './sandbox/stats.js'
import { Shell } from './shell/shell.js'
import { exec } from './sandbox/exec.js'
import { copyFrom, copyTo, deleteFile, listFiles, readFile, writeFile } from './sandbox/files.js'
import { Janitor } from './sandbox/janitor.js'
import { diskInfo, makeSandboxes } from './sandbox/make.js'

/** Sessions: sandboxes with their own id, options and metadata, which exist until they are destroyed. */
export class SandboxManager extends EventEmitter {
  #defaults
  #sandboxes
  #sessions
  #events
  #janitor

  constructor(options) {
    super()
    const { idleTimeout, detachedGrace, cleanupInterval, profile = 'session', ...rest } = checkOptions(options, SANDBOXES)
    this.#defaults = { profile, ...rest }
    this.#sandboxes = makeSandboxes(this.#defaults, { recorded: true })
    this.#sessions = new native.NativeSessions(this.#sandboxes)
    // A weak reference: a manager that is no longer referenced must not be kept alive by its own callback.
    const manager = new WeakRef(this)
    this.#events = new native.NativeEvents(this.#sandboxes)
    this.#events.notify(() => manager.deref()?.#emitEvents())
    // A session keeps its container until it is destroyed.
    this.#janitor = new Janitor(this.#sandboxes, { idleTimeout, detachedGrace, cleanupInterval, removeAfter: 0 }, (error, cleaned) =>
      error ? this.#fail(fromNative(error)) : this.#announce(cleaned),
    )
  }

  async createSession(options) {
    const { sessionId, metadata = {}, signal, ...own } = checkOptions(options, SESSION)
    const { engine: _engine, engineTimeout: _timeout, dataDir: _dataDir, ...defaults } = this.#defaults
    const given = sandboxOptions({ ...defaults, ...own })
    return this.#call(signal, (cancellation) => this.#sessions.create(sessionId, given, JSON.stringify(metadata), cancellation))
  }

  async executeCommand(sessionId, command, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    this.#emit('command:started', { sessionId, command })
    try {
      const result = await this.#settle(() => exec(this.#sandboxes, sessionId, command, options))
      this.#emit('command:finished', { sessionId, command, result })
      return result
    } catch (error) {
      this.#emit('command:finished', { sessionId, command, error })
      if (error?.code === 'SANDBOX_LOST') this.#emit('session:unhealthy', { sessionId, problems: ['lost'] })
      throw error
    }
  }

  async spawn(sessionId, command, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => spawn(this.#sandboxes, sessionId, command, options))
  }

  async attach(sessionId, processId, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => attach(this.#sandboxes, sessionId, processId, options))
  }

  async processes(sessionId, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => processes(this.#sandboxes, sessionId, options))
  }

  async stats(sessionId, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => stats(this.#sandboxes, sessionId, options))
  }

  watchStats(sessionId, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return watchStats(this.#sandboxes, sessionId, options)
  }

  async shell(sessionId, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => Shell.open(this.#sandboxes, sessionId, options))
  }

  async ports(sessionId, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => ports(this.#sandboxes, sessionId, options))
  }

  async waitForPort(sessionId, port, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => waitForPort(this.#sandboxes, sessionId, port, options))
  }

  async connect(sessionId, port, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => connect(this.#sandboxes, sessionId, port, options))
  }

  async tunnel(sessionId, port, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => tunnel(this.#sandboxes, sessionId, port, options))
  }

  async fetch(sessionId, port, request, init) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => fetch(this.#sandboxes, sessionId, port, request, init))
  }

  fs(sessionId) {
    checkArgument('sessionId', sessionId, kinds.string)
    const native = this.#sandboxes.fs(sessionId)
    return new SandboxFs(native, (call) => this.#settle(call))
  }

  async readFile(sessionId, path, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => readFile(this.#sandboxes, sessionId, path, options))
  }

  async writeFile(sessionId, path, data, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => writeFile(this.#sandboxes, sessionId, path, data, options))
  }

  async listFiles(sessionId, path = '.', options = undefined) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => listFiles(this.#sandboxes, sessionId, path, options))
  }

  async deleteFile(sessionId, path, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => deleteFile(this.#sandboxes, sessionId, path, options))
  }

  async copyTo(sessionId, hostPath, path, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => copyTo(this.#sandboxes, sessionId, hostPath, path, options))
  }

  async copyFrom(sessionId, path, hostPath, options) {
    checkArgument('sessionId', sessionId, kinds.string)
    return this.#settle(() => copyFrom(this.#sandboxes, sessionId, path, hostPath, options))
  }

  async startSession(sessionId, options) {
    await this.#one(sessionId, options, (cancellation) => this.#sandboxes.ensure(sessionId, cancellation))
  }

  async stopSession(sessionId, options) {
    await this.#one(sessionId, options, (cancellation) => this.#sandboxes.stop(sessionId, cancellation))
  }

  async destroySession(sessionId, options) {
    return this.#one(sessionId, options, (cancellation) => this.#sessions.destroy(sessionId, cancellation))
  }

  async getSession(sessionId, options) {
    return session(await this.#one(sessionId, options, (cancellation) => this.#sessions.get(sessionId, cancellation)))
  }

  async listSessions(options) {
    const { signal } = checkOptions(options, CALL)
    const sessions = await this.#call(signal, (cancellation) => this.#sessions.list(cancellation))
    return sessions.map(session)
  }

  async health(sessionId, options) {
    if (sessionId !== undefined && typeof sessionId !== 'string') return this.health(undefined, sessionId)
    const { signal } = checkOptions(options, CALL)
    if (sessionId !== undefined) return this.#healthOf(sessionId, signal)
    const engine = await this.#engineHealth(signal)
    if (engine.error) return { healthy: false, engine, sessions: [] }
    const listed = await this.listSessions({ signal })
    const sessions = await Promise.all(listed.map(({ id }) => this.#healthOf(id, signal).catch(missing)))
    const there = sessions.filter((health) => health !== undefined)
    return { healthy: there.every(({ healthy }) => healthy), engine, sessions: there }
  }

  async cleanup(options) {
    const { signal } = checkOptions(options, CALL)
    const cleaned = await this.#call(signal, (cancellation) => this.#janitor.clean(cancellation))
    this.#announce(cleaned)
    return cleaned
  }

  async close(options) {
    const { stopAll = false } = checkOptions(options, CLOSE)
    this.#janitor.stop()
    await callNative(undefined, () => this.#sandboxes.close(stopAll))
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  async #engineHealth(signal) {
    try {
      return { latency: await this.#call(signal, (cancellation) => this.#sandboxes.ping(cancellation)) }
    } catch (error) {
      if (error.code === 'ABORTED' || error.code === 'CLOSED') throw error
      return { error }
    }
  }

  async #healthOf(sessionId, signal) {
    const { state, agentLatency, problems, ...usage } = await this.#call(signal, (cancellation) =>
      this.#sandboxes.health(sessionId, cancellation),
    )
    if (problems.length > 0) this.#emit('session:unhealthy', { sessionId, problems })
    return { sessionId, state: state ?? 'removed', healthy: problems.length === 0, problems, agentLatency: agentLatency ?? null, ...nulls(usage) }
  }

  async #one(sessionId, options, call) {
    checkArgument('sessionId', sessionId, kinds.string)
    const { signal } = checkOptions(options, CALL)
    return this.#call(signal, call)
  }

  #call(signal, call) {
    return this.#settle(() => callNative(signal, call))
  }

  /** Makes a call. Whatever happened to sessions during it is emitted before the caller sees the result. */
  async #settle(call) {
    this.#janitor.start()
    try {
      return await call()
    } finally {
      this.#emitEvents()
    }
  }

  /** Emits what happened to sessions since the last time. */
  #emitEvents() {
    const { events, dropped } = this.#events.take()
    if (dropped > 0) this.#fail(new SandboxError('INTERNAL', `${dropped} events were dropped because the event loop was blocked`))
    for (const { name, id, containerId, metadata } of events) {
      this.#emit(`session:${name}`, {
        sessionId: id,
        ...(containerId !== undefined && { containerId }),
        ...(metadata !== undefined && { metadata: JSON.parse(metadata) }),
      })
    }
  }

  #announce(cleaned) {
    this.#emitEvents()
    this.#emit('cleanup:finished', cleaned)
  }

  /** Emits an event. An error of a listener must not fail the call that emits. */
  #emit(event, payload) {
    try {
      this.emit(event, payload)
    } catch (error) {
      if (event === 'error') throw error
      this.#fail(error)
    }
  }

  /** Reports a background failure. Without a listener, an `error` event would end the process. */
  #fail(error) {
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }
}

function session({ state, containerId, disk, created, lastActivity, metadata, ...rest }) {
  return {
    ...rest,
    state: state ?? 'removed',
    containerId: containerId ?? null,
    disk: diskInfo(disk),
    metadata: JSON.parse(metadata),
    created: new Date(created).toISOString(),
    lastActivity: new Date(lastActivity).toISOString(),
  }
}

function nulls({ memory, pids, disk }) {
  return { memory: memory ?? null, pids: pids ?? null, disk: disk ?? null }
}

/** Ignores a session that was destroyed after it was listed. */
function missing(error) {
  if (error.code !== 'NOT_FOUND') throw error
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Refused } from './server-client.js'

/** Task properties that are passed to the executor, which validates them. */
const OPTIONS = ['runtime', 'image', 'timeout', 'cwd', 'env', 'stdin', 'files']

/** How often a download is tried. Results are reported until the server takes them. */
const DOWNLOADS = 5

/** The first and the longest pause between retries, in milliseconds. */
const PAUSE = 250
const LONGEST = 30_000

/** Takes tasks from a server and runs several at once. */
export class Worker {
  #client
  #executor
  #concurrency
  #poll
  #log
  /** Aborted: take no more tasks. */
  #stopping = new AbortController()
  /** Aborted: kill running tasks without reporting them. */
  #aborting = new AbortController()

  constructor({ client, executor, concurrency, poll, log }) {
    this.#client = client
    this.#executor = executor
    this.#concurrency = concurrency
    this.#poll = poll
    this.#log = log
  }

  /** Works until it is stopped. Resolves to whether all tasks that were taken have finished. */
  async run() {
    await Promise.all(Array.from({ length: this.#concurrency }, () => this.#work()))
    return !this.#aborting.signal.aborted
  }

  /** Takes no more tasks and finishes running ones. The second call aborts those. */
  stop() {
    if (this.#stopping.signal.aborted) return this.#aborting.abort()
    this.#log('INFO', 'Finishing running tasks; a second signal aborts them')
    this.#stopping.abort()
  }

  /** Runs one task after another. */
  async #work() {
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      try {
        const task = await this.#client.claim(this.#aborting.signal)
        failures = 0
        if (task) await this.#finish(task)
        else await pause(this.#poll, this.#stopping.signal)
      } catch (error) {
        this.#log('WARN', `Could not get a task: ${reason(error)}`)
        await pause(backoff(failures++), this.#stopping.signal)
      }
    }
  }

  async #finish(task) {
    this.#log('INFO', `Task ${task.id}: started`)
    const result = await this.#perform(task)
    if (this.#aborting.signal.aborted) return
    this.#log('INFO', `Task ${task.id}: ${result.error ? `failed, ${result.error.code}` : `exit code ${result.exitCode}`}`)
    await this.#report(task.id, result)
  }

  /** Runs a task. Never throws: an error becomes the result. */
  async #perform({ command, archive, ...task }) {
    try {
      const options = OPTIONS.filter((name) => task[name] !== undefined && task[name] !== null).map((name) => [name, task[name]])
      if (archive !== undefined && archive !== null) options.push(['archive', await this.#download(archive)])
      return await this.#executor.execute(command, null, { ...Object.fromEntries(options), signal: this.#aborting.signal })
    } catch (error) {
      return { error: { code: code(error), message: reason(error), details: error.details } }
    }
  }

  #download(url) {
    return this.#retry(DOWNLOADS, () => this.#client.download(url, this.#aborting.signal))
  }

  async #report(id, result) {
    try {
      await this.#retry(Infinity, () => this.#client.report(id, result, this.#aborting.signal))
    } catch (error) {
      this.#log('ERROR', `Task ${id}: could not report the result: ${reason(error)}`)
    }
  }

  /** Retries a call with growing pauses, up to the given number of attempts. */
  async #retry(attempts, call) {
    for (let failures = 0; ; failures++) {
      try {
        return await call()
      } catch (error) {
        if (error instanceof Refused || failures + 1 >= attempts || this.#aborting.signal.aborted) throw error
        this.#log('WARN', `Retrying: ${reason(error)}`)
        await pause(backoff(failures), this.#aborting.signal)
      }
    }
  }
}

/** Grows with each failure. Randomized, so that workers do not return all at once. */
function backoff(failures) {
  return Math.min(LONGEST, PAUSE * 2 ** failures) * (0.5 + Math.random() / 2)
}

async function pause(time, signal) {
  await sleep(time, undefined, { signal }).catch(() => {})
}

/** The code of an error for programs. */
function code(error) {
  return [error.code, error.cause?.code].find((given) => typeof given === 'string') ?? 'WORKER'
}

/** `fetch` hides the reason of a failure in `cause`. */
function reason({ message, cause }) {
  return message === 'fetch failed' ? cause?.message || cause?.code : message
}

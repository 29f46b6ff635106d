import { setTimeout as sleep } from 'node:timers/promises'
import { Refused } from './server-client.js'

/** What of a task the executor gets, as it is: it refuses what is wrong. */
const OPTIONS = ['runtime', 'image', 'timeout', 'cwd', 'env', 'stdin', 'files']

/** How often an archive is asked for. A result is reported until the server takes it. */
const DOWNLOADS = 5

/** The first and the longest pause after a failure, in milliseconds. */
const PAUSE = 250
const LONGEST = 30_000

/** Takes tasks from a server and runs them, some at once. */
export class Worker {
  #client
  #executor
  #concurrency
  #poll
  #log
  /** No more tasks are taken. */
  #stopping = new AbortController()
  /** Those that run are ended, and nothing is reported any more. */
  #aborting = new AbortController()

  constructor({ client, executor, concurrency, poll, log }) {
    this.#client = client
    this.#executor = executor
    this.#concurrency = concurrency
    this.#poll = poll
    this.#log = log
  }

  /** Works until it is stopped; whether all that was taken was finished. */
  async run() {
    await Promise.all(Array.from({ length: this.#concurrency }, () => this.#work()))
    return !this.#aborting.signal.aborted
  }

  /** Takes no more, and finishes what runs. When called again, ends that as well. */
  stop() {
    if (this.#stopping.signal.aborted) return this.#aborting.abort()
    this.#log('INFO', 'Finishing what runs; once more to abort it')
    this.#stopping.abort()
  }

  /** One task after the other. */
  async #work() {
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      try {
        const task = await this.#client.claim(this.#aborting.signal)
        failures = 0
        if (task) await this.#finish(task)
        else await pause(this.#poll, this.#stopping.signal)
      } catch (error) {
        this.#log('WARN', `No task: ${reason(error)}`)
        await pause(backoff(failures++), this.#stopping.signal)
      }
    }
  }

  async #finish(task) {
    this.#log('INFO', `Task ${task.id}: begins`)
    const result = await this.#perform(task)
    if (this.#aborting.signal.aborted) return
    this.#log('INFO', `Task ${task.id}: ${result.error ? `failed, ${result.error.code}` : `exit code ${result.exitCode}`}`)
    await this.#report(task.id, result)
  }

  /** How a task ended, which nothing in it can keep from being told. */
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
      this.#log('ERROR', `Task ${id}: its result is lost: ${reason(error)}`)
    }
  }

  /** Does it again while the server is away, at most so often, with longer and longer pauses. */
  async #retry(attempts, call) {
    for (let failures = 0; ; failures++) {
      try {
        return await call()
      } catch (error) {
        if (error instanceof Refused || failures + 1 >= attempts || this.#aborting.signal.aborted) throw error
        this.#log('WARN', `Trying again: ${reason(error)}`)
        await pause(backoff(failures), this.#aborting.signal)
      }
    }
  }
}

/** Longer after each failure, and never the same for two workers: they would come back all at once. */
function backoff(failures) {
  return Math.min(LONGEST, PAUSE * 2 ** failures) * (0.5 + Math.random() / 2)
}

async function pause(time, signal) {
  await sleep(time, undefined, { signal }).catch(() => {})
}

/** What a program can decide by. */
function code(error) {
  return [error.code, error.cause?.code].find((given) => typeof given === 'string') ?? 'WORKER'
}

/** What `fetch` says itself is only that it has failed. */
function reason({ message, cause }) {
  return message === 'fetch failed' ? cause?.message || cause?.code : message
}

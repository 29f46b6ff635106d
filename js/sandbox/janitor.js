import { defaults } from '../addon/load.js'
import { invalid } from '../errors/sandbox-error.js'

/** The longest delay of a timer, in milliseconds. */
const MAX_DELAY = 2 ** 31 - 1

/** Cleans up sandboxes at an interval, starting with the first use. Does not keep the process alive. */
export class Janitor {
  #sandboxes
  #policy
  #interval
  #timer
  #pass
  #report

  /**
   * @param sandboxes the addon's
   * @param options `idleTimeout`, `removeAfter`, `detachedGrace` and `cleanupInterval` in milliseconds; 0 disables
   * @param report receives the error or the result of each pass
   */
  constructor(sandboxes, options, report = () => {}) {
    const { idleTimeout = defaults.idle.idleTimeout, removeAfter = defaults.idle.removeAfter, detachedGrace = defaults.idle.detachedGrace, cleanupInterval = defaults.idle.cleanupInterval } = options
    for (const [name, value] of Object.entries({ idleTimeout, removeAfter, detachedGrace, cleanupInterval })) {
      if (!(value >= 0 && value <= MAX_DELAY)) throw invalid(name, `${name} must be from 0 (disabled) to ${MAX_DELAY} ms, not ${value}`)
    }
    this.#sandboxes = sandboxes
    this.#policy = { idle: idleTimeout || undefined, expired: removeAfter || undefined, detached: detachedGrace || undefined }
    this.#interval = cleanupInterval
    this.#report = report
  }

  /** Starts the timer, unless it is running or disabled. */
  start() {
    if (this.#timer || this.#interval === 0) return
    this.#timer = setInterval(() => void this.#tick(), this.#interval).unref()
  }

  /** Stops the timer for good. */
  stop() {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#interval = 0
  }

  /** Runs one pass now. */
  clean(cancellation) {
    return this.#sandboxes.clean(this.#policy.idle, this.#policy.expired, this.#policy.detached, cancellation)
  }

  async #tick() {
    // With a slow engine, passes must not pile up.
    if (this.#pass) return
    this.#pass = this.clean().then(
      (cleaned) => this.#report(undefined, cleaned),
      (error) => this.#report(error),
    )
    await this.#pass.finally(() => (this.#pass = undefined))
  }
}

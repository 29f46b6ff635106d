import { invalid } from './error.js'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Timers can't wait for longer, in milliseconds. */
const LONGEST = 2 ** 31 - 1

/** Looks after sandboxes from time to time, from the first use on; keeps no process alive. */
export class Janitor {
  #sandboxes
  #policy
  #interval
  #timer
  #pass
  #report

  /**
   * @param sandboxes the addon's
   * @param options in milliseconds; 0 is never
   * @param report gets what each pass did, or why it failed
   */
  constructor(sandboxes, { idleTimeout = 30 * MINUTE, removeAfter = 7 * DAY, cleanupInterval = MINUTE }, report = () => {}) {
    for (const [name, value] of Object.entries({ idleTimeout, removeAfter, cleanupInterval })) {
      if (!(value >= 0 && value <= LONGEST)) throw invalid(name, `${name} must be from 0 (never) to ${LONGEST} ms, not ${value}`)
    }
    this.#sandboxes = sandboxes
    this.#policy = { idle: idleTimeout || undefined, expired: removeAfter || undefined }
    this.#interval = cleanupInterval
    this.#report = report
  }

  /** Begins, if it has not begun. */
  start() {
    if (this.#timer || this.#interval === 0) return
    this.#timer = setInterval(() => void this.#tick(), this.#interval).unref()
  }

  stop() {
    clearInterval(this.#timer)
    this.#timer = undefined
    // Never again.
    this.#interval = 0
  }

  /** One pass, now. */
  clean(cancellation) {
    return this.#sandboxes.clean(this.#policy.idle, this.#policy.expired, cancellation)
  }

  async #tick() {
    // An engine that is slow gets one pass at a time.
    if (this.#pass) return
    this.#pass = this.clean().then(
      (cleaned) => this.#report(undefined, cleaned),
      (error) => this.#report(error),
    )
    await this.#pass.finally(() => (this.#pass = undefined))
  }
}

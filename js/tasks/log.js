import { defaults } from '../addon/load.js'
import { invalid } from '../errors/sandbox-error.js'

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/** The log of an executor. */
export class TaskLog {
  #write
  #threshold

  /** @param write receives each line and its level */
  constructor(write = print, level = defaults.tasks.logLevel) {
    if (!LEVELS.includes(level)) throw invalid('logLevel', `logLevel must be one of ${LEVELS.join(', ')}, not ${JSON.stringify(level)}`)
    this.#write = write
    this.#threshold = LEVELS.indexOf(level)
  }

  write(level, message) {
    if (LEVELS.indexOf(level) < this.#threshold) return
    this.#write(`[${new Date().toISOString()}] [${level.toUpperCase()}] ${message}`, level)
  }
}

/** Standard output belongs to the program itself. */
function print(line) {
  console.error(line)
}

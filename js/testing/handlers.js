import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { signalNumber } from '../sandbox/exec.js'

const PATTERN = {
  is: (value) => typeof value === 'string' || value instanceof RegExp || typeof value === 'function',
  name: 'a string, a regular expression or a function',
}

/** See `ExecAnswer`. */
const ANSWER = {
  stdout: kinds.data,
  stderr: kinds.data,
  exitCode: { is: (value) => kinds.count.is(value) && value < 256, name: 'an integer from 0 to 255' },
  signal: { is: (value) => signalNumber(value) !== undefined, name: "the name of a signal, such as 'SIGTERM'" },
  timedOut: kinds.boolean,
  oomKilled: kinds.boolean,
}

/** Handlers that answer commands. The last one added is asked first. */
export class Handlers {
  #handlers = []

  /** Adds a handler; returns a function that removes it. */
  add(pattern, answer) {
    const [matches, given] = answer === undefined && typeof pattern === 'function' ? [() => true, pattern] : [pattern, answer]
    checkArgument('pattern', matches, PATTERN)
    const handler = { pattern: matches, answer: typeof given === 'function' ? given : checked(given) }
    this.#handlers.unshift(handler)
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== handler)
    }
  }

  /** The answer of the first handler that matches a command; undefined if none does. */
  async answer(call) {
    const line = typeof call.command === 'string' ? call.command : call.command.join(' ')
    for (const { pattern, answer } of this.#handlers) {
      const match = pattern instanceof RegExp ? line.match(pattern) : null
      if (!(match || pattern === line || (typeof pattern === 'function' && pattern(call)))) continue
      return typeof answer === 'function' ? checked((await answer({ ...call, match })) ?? {}) : answer
    }
    return undefined
  }
}

/** An answer as an object; text or bytes alone are standard output. */
function checked(answer) {
  if (kinds.data.is(answer)) return { stdout: answer }
  checkArgument('answer', answer, { is: kinds.object.is, name: 'a string, a Uint8Array, a function, or an object such as { stdout, stderr, exitCode }' })
  return checkOptions(answer, ANSWER)
}

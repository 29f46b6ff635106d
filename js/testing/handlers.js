import { checkArgument, checkOptions, kinds } from '../check.js'
import { signalNumber } from '../exec.js'

const PATTERN = {
  is: (value) => typeof value === 'string' || value instanceof RegExp || typeof value === 'function',
  name: 'a string, a regular expression or a function',
}

/** What a command may come to. */
const ANSWER = {
  stdout: kinds.data,
  stderr: kinds.data,
  exitCode: { is: (value) => kinds.count.is(value) && value < 256, name: 'a whole number below 256' },
  signal: { is: (value) => signalNumber(value) !== undefined, name: "the name of a signal, such as 'SIGTERM'" },
  timedOut: kinds.boolean,
  oomKilled: kinds.boolean,
}

/** What answers commands. The last one that was added is asked first. */
export class Handlers {
  #handlers = []

  /** Adds one; gives what takes it away. */
  add(pattern, answer) {
    const [matches, given] = answer === undefined && typeof pattern === 'function' ? [() => true, pattern] : [pattern, answer]
    checkArgument('pattern', matches, PATTERN)
    const handler = { pattern: matches, answer: typeof given === 'function' ? given : checked(given) }
    this.#handlers.unshift(handler)
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== handler)
    }
  }

  /** What the first handler for a command says; undefined when there is none. */
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

/** An answer in full; text alone is what goes to standard output. */
function checked(answer) {
  if (kinds.data.is(answer)) return { stdout: answer }
  checkArgument('answer', answer, { is: kinds.object.is, name: 'an object with stdout, stderr and exitCode, text, or a function' })
  return checkOptions(answer, ANSWER)
}

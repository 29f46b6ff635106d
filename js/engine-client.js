import { native } from './addon.js'
import { checkOptions, kinds } from './check.js'
import { engineKind, engineOptions } from './engine-options.js'
import { fromNative, SandboxError } from './error.js'
import { callNative } from './native.js'

const OPTIONS = { engine: engineKind, engineTimeout: kinds.number }
const CALL = { signal: kinds.signal }

/** What all classes have that speak to an engine itself. */
export class EngineClient {
  /** The addon's counterpart. */
  manager

  /**
   * @param options `engine` and `engineTimeout`
   * @param defaults limits for containers that name none
   */
  constructor(options, defaults = () => ({})) {
    const { engine, engineTimeout } = checkOptions(options, OPTIONS)
    const given = [engineOptions(engine, engineTimeout), defaults()]
    try {
      this.manager = new native.NativeManager(...given)
    } catch (error) {
      throw fromNative(error)
    }
  }

  /** One call, which its options may only give a signal. */
  async call(options, call) {
    const { signal } = checkOptions(options, CALL)
    return callNative(signal, call)
  }

  /** One call whose answer is JSON. */
  async json(options, call) {
    return parseAnswer(await this.call(options, call))
  }

  close() {
    this.manager.close()
  }
}

/** What the engine has written. */
export function parseAnswer(text) {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SandboxError('ENGINE_ERROR', `the engine's answer can't be understood: ${cause.message}`, { cause })
  }
}

/** The engine's filters, as JSON. */
export function filtersAsJson(filters) {
  if (filters === undefined) return undefined
  return JSON.stringify(Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [value].flat().map(String)])))
}

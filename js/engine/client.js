import { callNative } from '../addon/call.js'
import { native } from '../addon/load.js'
import { fromNative, SandboxError } from '../errors/sandbox-error.js'
import { CALL } from '../options/call.js'
import { checkOptions } from '../options/check.js'
import { ENGINE, engineOptions } from '../options/engine.js'

/** The connection of `DockerManager`, `VolumeManager` and `NetworkManager` to an engine. */
export class EngineClient {
  /** The addon's `NativeManager`. */
  manager

  /**
   * @param options `engine` and `engineTimeout`
   * @param limits returns the limits of containers that have none of their own
   */
  constructor(options, limits = () => ({})) {
    const { engine, engineTimeout } = checkOptions(options, ENGINE)
    const given = [engineOptions(engine, engineTimeout), limits()]
    try {
      this.manager = new native.NativeManager(...given)
    } catch (error) {
      throw fromNative(error)
    }
  }

  /** Makes a call whose only option is a signal. */
  async call(options, call) {
    const { signal } = checkOptions(options, CALL)
    return callNative(signal, call)
  }

  /** Makes such a call and parses its JSON result. */
  async json(options, call) {
    return parseAnswer(await this.call(options, call))
  }

  close() {
    this.manager.close()
  }
}

/** Parses JSON from the engine. */
export function parseAnswer(text) {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SandboxError('ENGINE_ERROR', `could not parse the engine's response: ${cause.message}`, { cause })
  }
}

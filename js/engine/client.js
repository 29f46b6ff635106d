import { callNative } from '../addon/call.js'
import { defaults, native } from '../addon/load.js'
import { SandboxError, fromNative, invalid } from '../errors/sandbox-error.js'
import { checkOptions } from '../options/check.js'
import { CALL, ENGINE, engineOptions } from '../options/tables.js'

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

/** Converts filters to the JSON that the engine takes. */
export function filtersAsJson(filters) {
  if (filters === undefined) return undefined
  return JSON.stringify(Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [value].flat().map(String)])))
}

/** Narrows filters to objects that this package created. */
export function managedOnly(filters) {
  return { ...filters, label: [defaults.labels.managed, ...[filters?.label ?? []].flat()] }
}

/** Limits that environment variables set for containers without limits of their own. */
export function environmentLimits() {
  const { memory, memoryUnit, cpuShares, pids } = defaults.containers.variables
  return { memory: limit(memory, memoryUnit), cpuShares: limit(cpuShares, 1), pids: limit(pids, 1) }
}

function limit(variable, unit) {
  const text = process.env[variable]
  if (!text) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value <= 0) throw invalid(variable, `${variable} must be a positive integer, not ${JSON.stringify(text)}`)
  return value * unit
}

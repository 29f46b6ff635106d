import { defaults } from '../addon/defaults.js'
import { invalid } from '../errors/sandbox-error.js'

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

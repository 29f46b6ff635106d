import { signalName } from '../sandbox/exec.js'

/** Converts the addon's description of a process to a `ProcessInfo`. */
export function processInfo({ started, name, result, ...rest }) {
  return { ...rest, name: name ?? null, startedAt: new Date(started).toISOString(), result: result ? processResult(result) : null }
}

/** Converts the addon's result to a `ProcessResult`. */
export function processResult({ signal, ...rest }) {
  return { ...rest, signal: signal === undefined || signal === null ? null : signalName(signal) }
}

import { listen } from '../addon/streams.js'
import { invalid } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, describe, isBinary, kinds } from '../options/check.js'
import { EXEC } from '../options/tables.js'

/** Runs a command in a sandbox; see `DockerSandbox.exec`. */
export async function exec(sandboxes, id, command, options) {
  checkCommand(command)
  const { encoding, onStdout, onStderr, signal, ...rest } = checkOptions(options, EXEC)
  const [binary, terms] = [isBinary(encoding), execTerms(rest)]
  return execResult(
    await listen({ onStdout, onStderr, binary, signal }, (cancellation, output) =>
      sandboxes.exec(id, command, { ...terms, binary }, cancellation, output),
    ),
  )
}

/** Checks a command: a line for the shell, or a program and its arguments. */
export function checkCommand(command) {
  if (!Array.isArray(command) || command.length === 0) checkArgument('command', command, kinds.string)
  else checkArgument('command', command, kinds.strings)
}

/** Converts checked options of a command to the form that the addon takes. */
export function execTerms({ killSignal, ...rest }) {
  const number = typeof killSignal === 'string' ? signalNumber(killSignal) : killSignal
  if (number === undefined && killSignal !== undefined) {
    throw invalid('killSignal', `killSignal must be ${kinds.signalName.name}, not ${describe(killSignal)}`)
  }
  return { ...rest, killSignal: number }
}

/** Converts the addon's result to an `ExecResult`. */
export function execResult({ signal, ...rest }) {
  return { ...rest, signal: signal === undefined || signal === null ? null : signalName(signal) }
}

/** Names of the signals from 1 on, by their numbers on Linux: containers have these on every platform. */
const SIGNALS = [
  'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT',
  'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS',
]

/** The name of a signal, such as `'SIGKILL'`. */
export function signalName(number) {
  return `SIG${SIGNALS[number - 1] ?? number}`
}

/** The number of a signal such as `'SIGKILL'`; undefined for an unknown name. */
export function signalNumber(name) {
  const index = SIGNALS.findIndex((known) => name === `SIG${known}`)
  return index < 0 ? undefined : index + 1
}

import { native } from './addon.js'
import { checkArgument, checkOptions, kinds } from './check.js'
import { callNative } from './native.js'

/** How a command is to run. */
export const EXEC = {
  timeout: kinds.number,
  cwd: kinds.string,
  env: kinds.record,
  stdin: kinds.data,
  outputLimit: kinds.size,
  encoding: kinds.encoding,
  onStdout: kinds.function,
  onStderr: kinds.function,
  signal: kinds.signal,
}

/** Names of signals by Linux' numbers, wherever this process runs. */
const SIGNALS = [
  'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT',
  'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS',
]

/** The number of a signal such as `'SIGKILL'`; undefined when there is none of that name. */
export function signalNumber(name) {
  const index = SIGNALS.findIndex((known) => name === `SIG${known}`)
  return index < 0 ? undefined : index + 1
}

/** Runs a command in a sandbox; see `DockerSandbox.exec`. */
export async function exec(sandboxes, id, command, options) {
  if (!Array.isArray(command) || command.length === 0) checkArgument('command', command, kinds.string)
  else checkArgument('command', command, kinds.strings)
  const { encoding, onStdout, onStderr, signal, ...rest } = checkOptions(options, EXEC)
  const binary = encoding === null || encoding === 'buffer'
  return execResult(
    await listen({ onStdout, onStderr, binary, signal }, (cancellation, output) =>
      sandboxes.exec(id, command, { ...rest, binary }, cancellation, output),
    ),
  )
}

/**
 * Runs something whose output goes to listeners, and ends it when one of them throws.
 *
 * @param call gets the addon's counterparts of the signal and of the output
 */
export async function listen({ onStdout, onStderr, binary, signal }, call) {
  const output = onStdout || onStderr ? new native.OutputStream() : undefined
  // Ends the command when a listener throws, like the caller's own signal.
  const failure = new AbortController()
  const ended = output && signal ? AbortSignal.any([signal, failure.signal]) : output ? failure.signal : signal
  const run = callNative(ended, (cancellation) => call(cancellation, output))
  if (output) await hand(output, run, failure, { onStdout, onStderr, binary })
  return run
}

/** Hands output to its listeners, and waits for them: a slow one slows the command down. */
async function hand(output, run, failure, { onStdout, onStderr, binary }) {
  const stdout = listener(onStdout, binary)
  const stderr = listener(onStderr, binary)
  // It is awaited later, when the output has ended: which is at once when the call was refused outright.
  run.catch(() => output.close())
  try {
    for (let chunks = await output.next(); chunks.length > 0; chunks = await output.next()) {
      for (const chunk of chunks) await (chunk.stderr ? stderr : stdout).push(chunk.data)
    }
    await stdout.end()
    await stderr.end()
  } catch (error) {
    failure.abort(error)
    await run.catch(() => {})
    throw error
  }
}

/** One listener: gets bytes as they are, or text in which no character is cut. */
function listener(call, binary) {
  if (!call) return { push() {}, end() {} }
  if (binary) return { push: (data) => call(data), end() {} }
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const give = (text) => (text ? call(text) : undefined)
  return { push: (data) => give(decoder.decode(data, { stream: true })), end: () => give(decoder.decode()) }
}

/** The addon's result as the caller gets it. */
export function execResult({ signal, ...rest }) {
  return { ...rest, signal: signal === undefined || signal === null ? null : `SIG${SIGNALS[signal - 1] ?? signal}` }
}

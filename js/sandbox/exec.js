import { listen } from '../addon/output.js'
import { checkArgument, checkOptions } from '../options/check.js'
import { EXEC } from '../options/exec.js'
import { isBinary, kinds } from '../options/kinds.js'
import { signalName } from './signals.js'

/** Runs a command in a sandbox; see `DockerSandbox.exec`. */
export async function exec(sandboxes, id, command, options) {
  if (!Array.isArray(command) || command.length === 0) checkArgument('command', command, kinds.string)
  else checkArgument('command', command, kinds.strings)
  const { encoding, onStdout, onStderr, signal, ...rest } = checkOptions(options, EXEC)
  const binary = isBinary(encoding)
  return execResult(
    await listen({ onStdout, onStderr, binary, signal }, (cancellation, output) =>
      sandboxes.exec(id, command, { ...rest, binary }, cancellation, output),
    ),
  )
}

/** Converts the addon's result to an `ExecResult`. */
export function execResult({ signal, ...rest }) {
  return { ...rest, signal: signal === undefined || signal === null ? null : signalName(signal) }
}

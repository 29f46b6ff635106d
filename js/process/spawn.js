import { callNative } from '../addon/call.js'
import { SandboxError, invalid } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { ATTACH, CALL, POSITION, PTY, SPAWN } from '../options/tables.js'
import { waitForPort } from '../port/ports.js'
import { checkCommand, execTerms, signalNumber } from '../sandbox/exec.js'
import { processInfo } from './answers.js'
import { Process } from './process.js'

/** Starts a process in a sandbox; see `DockerSandbox.spawn`. */
export async function spawn(sandboxes, id, command, options) {
  checkCommand(command)
  const { stdin = 'none', pty, signal, ...given } = checkOptions(options, SPAWN)
  const rest = execTerms(given)
  if (stdin !== 'none' && stdin !== 'pipe') throw invalid('stdin', `stdin must be 'pipe' or 'none', not ${JSON.stringify(stdin)}`)
  const terminal = pty === undefined ? undefined : { cols: 80, rows: 24, ...checkOptions(pty, PTY, 'pty') }
  const start = (cancellation) => sandboxes.spawn(id, command, { ...rest, stdin: stdin === 'pipe', pty: terminal }, cancellation)
  const native = rest.detached ? await startDetached(sandboxes, id, start, signal) : await callNative(signal, start)
  return new Process(native, controls(sandboxes, id), signal)
}

/** Starts a detached process. If the caller aborts meanwhile, it is killed once it runs: nobody else would know of it. */
async function startDetached(sandboxes, id, start, signal) {
  if (!signal) return callNative(undefined, start)
  let isWanted = true
  return callNative(signal, async () => {
    const started = start(undefined)
    started.then(
      (native) => {
        if (isWanted) return
        sandboxes.signal(id, native.info().id, signalNumber('SIGKILL'), false).catch(() => {})
        native.close()
      },
      () => {},
    )
    const aborted = new Promise((_, reject) => {
      const abort = () => {
        isWanted = false
        reject(new SandboxError('ABORTED', 'the call was aborted'))
      }
      signal.addEventListener('abort', abort, { once: true })
      started.finally(() => signal.removeEventListener('abort', abort)).catch(() => {})
    })
    return Promise.race([started, aborted])
  })
}

/** Attaches to a detached process; see `DockerSandbox.attach`. */
export async function attach(sandboxes, id, processId, options) {
  checkArgument('processId', processId, kinds.string)
  const { from = 'start', signal } = checkOptions(options, ATTACH)
  const native = await callNative(signal, (cancellation) => sandboxes.attach(id, processId, position(from), cancellation))
  return new Process(native, controls(sandboxes, id))
}

/** Lists processes; see `DockerSandbox.processes`. */
export async function processes(sandboxes, id, options) {
  const { signal } = checkOptions(options, CALL)
  const listed = await callNative(signal, (cancellation) => sandboxes.processes(id, cancellation))
  return listed.map((found) => {
    const { input: _input, ...info } = processInfo(found)
    return info
  })
}

function position(from) {
  if (from === 'start' || from === 'now') return { now: from === 'now' }
  if (typeof from === 'string') throw invalid('from', `from must be 'start', 'now' or an object with offsets, not ${JSON.stringify(from)}`)
  const { stdout = 0, stderr = 0 } = checkOptions(from, POSITION, 'from')
  return { now: false, stdout, stderr }
}

const controls = (sandboxes, id) => ({
  signal: (processId, number) => sandboxes.signal(id, processId, number, false),
  resize: (processId, cols, rows) => sandboxes.resize(id, processId, cols, rows),
  waitForPort: (port, options, isOver) => waitForPort(sandboxes, id, port, options, isOver),
})

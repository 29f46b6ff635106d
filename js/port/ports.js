import { callNative } from '../addon/call.js'
import { SandboxError } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { CALL, TUNNEL, WAIT_FOR_PORT } from '../options/tables.js'
import { Connection } from './connect.js'
import { fetchFrom } from './fetch.js'

/** How long to wait for a port by default, in milliseconds, and how often to look: soon at first, then less often. */
const PATIENCE = 30_000
const LOOKS = { first: 10, last: 250, growth: 1.5 }

/** Tunnels that are open: one that nobody refers to must not be collected, and closed. */
const open = new Set()

/** Lists the ports of a sandbox; see `DockerSandbox.ports`. */
export async function ports(sandboxes, id, options) {
  const { signal } = checkOptions(options, CALL)
  const listed = await callNative(signal, (cancellation) => sandboxes.ports(id, cancellation))
  return listed.map(({ pid, command, ...rest }) => ({ ...rest, pid: pid ?? null, command: command ?? null }))
}

/** Waits until somebody listens on a port; see `DockerSandbox.waitForPort`. */
export async function waitForPort(sandboxes, id, port, options, isOver = () => false) {
  checkPort(port)
  const { timeout = PATIENCE, signal } = checkOptions(options, WAIT_FOR_PORT)
  const end = timeout > 0 ? performance.now() + timeout : Infinity
  for (let pause = LOOKS.first; ; pause = Math.min(pause * LOOKS.growth, LOOKS.last)) {
    const found = (await ports(sandboxes, id, { signal })).find((listening) => listening.port === port)
    if (found) return found
    if (isOver()) throw new SandboxError('CONFLICT', `the process ended, and nothing listens on port ${port}`, { details: { port } })
    if (performance.now() + pause > end) throw new SandboxError('TIMEOUT', `nothing listened on port ${port} within ${timeout} ms`, { details: { port } })
    await sleep(pause, signal)
  }
}

/** Connects to a port; see `DockerSandbox.connect`. */
export async function connect(sandboxes, id, port, options) {
  checkPort(port)
  const { signal } = checkOptions(options, CALL)
  return new Connection(await callNative(signal, (cancellation) => sandboxes.connect(id, port, cancellation)))
}

/** Opens a tunnel; see `DockerSandbox.tunnel`. */
export async function tunnel(sandboxes, id, port, options) {
  checkPort(port)
  const { hostPort = 0, signal } = checkOptions(options, TUNNEL)
  const native = await callNative(signal, (cancellation) => sandboxes.tunnel(id, port, hostPort, cancellation))
  const bound = native.port()
  open.add(native)
  const close = async () => {
    open.delete(native)
    native.close()
  }
  return { port: bound, url: `http://127.0.0.1:${bound}`, close, [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: close }
}

/** Sends a request to a port; see `DockerSandbox.fetch`. */
export async function fetch(sandboxes, id, port, request, init) {
  return fetchFrom((signal) => connect(sandboxes, id, port, { signal }), port, request, init)
}

function checkPort(port) {
  checkArgument('port', port, kinds.port)
}

function sleep(time, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason }))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, time)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}

import { SandboxError } from '../errors/sandbox-error.js'
import { aborted, callNative } from './call.js'
import { Items } from './items.js'
import { native } from './load.js'

/**
 * Runs a command and passes its output to listeners; kills the command if one of them throws.
 *
 * @param call receives the addon's `Cancellation` and `OutputStream`
 */
export async function listen({ onStdout, onStderr, binary, signal }, call) {
  const output = onStdout || onStderr ? new native.OutputStream() : undefined
  // Ends the command if a listener throws, like the caller's own signal.
  const failure = new AbortController()
  const ended = output && signal ? AbortSignal.any([signal, failure.signal]) : output ? failure.signal : signal
  const run = callNative(ended, (cancellation) => call(cancellation, output)).catch((error) => {
    throw withOutput(error, binary)
  })
  if (output) await forward(output, run, failure, { onStdout, onStderr, binary })
  return run
}

/** The error of a command with its output as the caller wants it: none before the start, and bytes if those were asked for. */
function withOutput(error, binary) {
  if (error.code === 'ABORTED' && error.details?.stdout === undefined) {
    error.details = { ...error.details, stdout: '', stderr: '', stdoutBytes: 0, stderrBytes: 0 }
  }
  for (const name of ['stdout', 'stderr']) {
    const { [name]: text, [`${name}Base64`]: encoded, ...rest } = error.details ?? {}
    if (typeof text !== 'string') continue
    const bytes = () => (encoded === undefined ? Buffer.from(text) : Buffer.from(encoded, 'base64'))
    error.details = { ...rest, [name]: binary ? bytes() : text }
  }
  return error
}

/** Passes output to its listeners and waits for them, so that a slow listener slows the command down. One that never settles is given up. */
async function forward(output, run, failure, { onStdout, onStderr, binary }) {
  const patient = patience(run)
  const stdout = listener(patient(onStdout), binary)
  const stderr = listener(patient(onStderr), binary)
  // A call that is rejected before the command starts must end the output, too. The rejection itself is handled later.
  run.catch(() => output.close())
  try {
    for (let chunks = await output.next(); chunks.length > 0; chunks = await output.next()) {
      for (const chunk of chunks) await (chunk.stderr ? stderr : stdout).push(chunk.data)
    }
    await stdout.end()
    await stderr.end()
  } catch (error) {
    if (error === GIVEN_UP) return output.close()
    failure.abort(error)
    await run.catch(() => {})
    throw error
  }
}

const GIVEN_UP = Symbol('a listener that does not settle')

/** How long one call of a listener may take after the command has ended: by itself, or by its deadline or an error, in milliseconds. */
const PATIENCE = { itself: 30_000, otherwise: 1000 }

/** Returns a function that wraps a listener: a call of it throws `GIVEN_UP` when it takes too long after the end of the command. */
function patience(run) {
  let limit
  // Gives up the call in progress. There is at most one.
  let giveUp
  let timer
  const limitCall = () => {
    if (limit !== undefined && giveUp) timer = setTimeout(giveUp, limit)
  }
  const end = (after) => {
    limit = after
    limitCall()
  }
  run.then(
    (ended) => end((ended.result ?? ended).timedOut ? PATIENCE.otherwise : PATIENCE.itself),
    () => end(PATIENCE.otherwise),
  )
  return (call) =>
    call &&
    (async (data) => {
      try {
        await new Promise((resolve, reject) => {
          giveUp = () => reject(GIVEN_UP)
          limitCall()
          Promise.resolve(call(data)).then(resolve, reject)
        })
      } finally {
        giveUp = undefined
        clearTimeout(timer)
      }
    })
}

/** Passes a listener the bytes unchanged, or as text without split characters. */
function listener(call, binary) {
  if (!call) return { push() {}, end() {} }
  if (binary) return { push: (data) => call(data), end() {} }
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const give = (text) => (text ? call(text) : undefined)
  return { push: (data) => give(decoder.decode(data, { stream: true })), end: () => give(decoder.decode()) }
}

/**
 * A stream of the addon as an async iterable. Nothing is read ahead; leaving the loop or aborting closes the connection.
 *
 * @param signal an `AbortSignal`, or undefined
 * @param open returns the addon's stream
 * @param items converts a result of `next` to an array of items; undefined at the end
 * @param rest returns the items that follow at the end
 */
export function iterate(signal, open, items, rest = () => []) {
  const left = new AbortController()
  let stream
  let over = false
  const stop = () => stream.close()
  const begin = async () => {
    stream = await callNative(signal ? AbortSignal.any([signal, left.signal]) : left.signal, open)
    if (left.signal.aborted) stop()
    signal?.addEventListener('abort', stop)
  }
  const pull = async () => {
    if (over) return undefined
    if (!stream) await begin()
    // A signal that is aborted closes the stream, which ends this.
    const batch = signal?.aborted ? undefined : items(await callNative(undefined, () => stream.next()))
    if (signal?.aborted) throw aborted(new SandboxError('ABORTED', 'the call was aborted'), signal)
    over = batch === undefined
    return over ? rest() : batch
  }
  const close = () => {
    left.abort()
    stream?.close()
    signal?.removeEventListener('abort', stop)
  }
  return new Items(pull, close)
}

import { invalid } from '../errors/sandbox-error.js'
import { checkOptions, describe } from '../options/check.js'
import { CALL } from '../options/tables.js'
import { native } from './load.js'
import { iterate } from './streams.js'

/** How much of an archive in memory is sent at once, in bytes. */
const PIECE = 1024 * 1024

/** An archive of the engine as an async iterable of its bytes. Nothing is read ahead; leaving the loop closes the connection. */
export function download(options, open) {
  const { signal } = checkOptions(options, CALL)
  return iterate(signal, open, (bytes) => (bytes ? [bytes] : undefined))
}

/**
 * Makes a call that takes an archive, and sends the archive meanwhile: bytes, or an iterable of them, such as a stream of Node. The next
 * piece is asked for once the engine has room for it.
 *
 * @param call receives the addon's `ArchiveInput` and a signal
 */
export async function upload(archive, signal, call) {
  const pieces = piecesOf(archive)
  const input = new native.ArchiveInput()
  // Breaks the call off if the source fails.
  const failure = new AbortController()
  const run = call(input, signal ? AbortSignal.any([signal, failure.signal]) : failure.signal)
  let over = false
  // Ends the source even if it is silent.
  const stop = () => {
    over = true
    Promise.resolve(pieces.return?.()).catch(() => {})
  }
  send(pieces, input, () => over).catch((error) => failure.abort(error))
  run.catch(() => {}).finally(stop)
  try {
    return await run
  } catch (error) {
    // What went wrong with the archive says more than that the call was broken off.
    if (failure.signal.aborted) throw failure.signal.reason
    throw error
  }
}

async function send(pieces, input, isOver) {
  for (let next = await pieces.next(); !next.done && !isOver(); next = await pieces.next()) {
    if (!(next.value instanceof Uint8Array)) throw invalid('archive', `archive must consist of Uint8Arrays, not ${describe(next.value)}`)
    if (!input.offer(next.value) && !(await input.write(next.value))) return
  }
  input.end()
}

/** An iterator of pieces. */
function piecesOf(archive) {
  if (archive instanceof Uint8Array) return slices(archive)
  const iterator = archive?.[Symbol.asyncIterator]?.() ?? (typeof archive === 'object' ? archive?.[Symbol.iterator]?.() : undefined)
  if (!iterator) throw invalid('archive', `archive must be a Uint8Array, or an iterable of them such as a Readable, not ${describe(archive)}`)
  return iterator
}

function* slices(bytes) {
  for (let begin = 0; begin < bytes.length; begin += PIECE) yield bytes.subarray(begin, begin + PIECE)
}

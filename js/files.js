import { checkArgument, checkOptions, kinds } from './check.js'
import { callNative } from './native.js'

const READ = { encoding: kinds.encoding, signal: kinds.signal }
const WRITE = { signal: kinds.signal }

/** Reads a file of a sandbox; see `DockerSandbox.readFile`. */
export async function readFile(sandboxes, id, path, options) {
  checkArgument('path', path, kinds.string)
  // As in node:fs, an encoding alone will do.
  const given = typeof options === 'string' || options === null ? { encoding: options } : options
  const { encoding, signal } = checkOptions(given, READ)
  const data = await callNative(signal, (cancellation) => sandboxes.readFile(id, path, cancellation))
  return encoding === null || encoding === 'buffer' ? data : data.toString('utf8')
}

/** Writes a file of a sandbox; see `DockerSandbox.writeFile`. */
export async function writeFile(sandboxes, id, path, data, options) {
  checkArgument('path', path, kinds.string)
  checkArgument('data', data, kinds.data)
  const { signal } = checkOptions(options, WRITE)
  await callNative(signal, (cancellation) => sandboxes.writeFile(id, path, data, cancellation))
}

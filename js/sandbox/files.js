import { callNative } from '../addon/call.js'
import { checkArgument, checkOptions, isBinary, kinds } from '../options/check.js'
import { CALL, COPY, DELETE, READ, WRITE } from '../options/tables.js'

/** File types by the type bits of a mode, as in `stat`. */
const TYPES = { 0o040000: 'directory', 0o100000: 'file', 0o120000: 'symlink' }

/** Reads a file of a sandbox; see `DockerSandbox.readFile`. */
export async function readFile(sandboxes, id, path, options) {
  checkArgument('path', path, kinds.string)
  // As in node:fs, the options can be just an encoding.
  const given = typeof options === 'string' || options === null ? { encoding: options } : options
  const { encoding, signal } = checkOptions(given, READ)
  const data = await callNative(signal, (cancellation) => sandboxes.readFile(id, path, cancellation))
  return isBinary(encoding) ? data : data.toString('utf8')
}

/** Writes a file of a sandbox; see `DockerSandbox.writeFile`. */
export async function writeFile(sandboxes, id, path, data, options) {
  checkArgument('path', path, kinds.string)
  checkArgument('data', data, kinds.data)
  const { mode, signal } = checkOptions(options, WRITE)
  await callNative(signal, (cancellation) => sandboxes.writeFile(id, path, data, mode, cancellation))
}

/** Lists a directory of a sandbox; see `SandboxManager.listFiles`. */
export async function listFiles(sandboxes, id, path, options) {
  checkArgument('path', path, kinds.string)
  const { signal } = checkOptions(options, CALL)
  const entries = await callNative(signal, (cancellation) => sandboxes.listFiles(id, path, cancellation))
  return entries.map(entry)
}

/** Deletes a file of a sandbox; see `SandboxManager.deleteFile`. */
export async function deleteFile(sandboxes, id, path, options) {
  checkArgument('path', path, kinds.string)
  const { recursive = false, force = false, signal } = checkOptions(options, DELETE)
  try {
    await callNative(signal, (cancellation) => sandboxes.deleteFile(id, path, recursive, cancellation))
  } catch (error) {
    if (!(force && error?.details?.errno === 'ENOENT')) throw error
  }
}

/** Copies from the host into a sandbox; see `SandboxManager.copyTo`. */
export async function copyTo(sandboxes, id, hostPath, path, options) {
  return copy(hostPath, path, options, (limits, cancellation) => sandboxes.copyTo(id, hostPath, path, limits, cancellation))
}

/** Copies from a sandbox to the host; see `SandboxManager.copyFrom`. */
export async function copyFrom(sandboxes, id, path, hostPath, options) {
  return copy(hostPath, path, options, (limits, cancellation) => sandboxes.copyFrom(id, path, hostPath, limits, cancellation))
}

async function copy(hostPath, path, options, call) {
  checkArgument('hostPath', hostPath, kinds.string)
  checkArgument('path', path, kinds.string)
  const { signal, ...limits } = checkOptions(options, COPY)
  return callNative(signal, (cancellation) => call(limits, cancellation))
}

/** Converts the addon's entry to a `FileEntry`. */
function entry({ name, mode, size, modified }) {
  const text = name.toString('utf8')
  const described = { name: text, type: TYPES[mode & 0o170000] ?? 'other', size, mode: mode & 0o7777, modified: new Date(modified).toISOString() }
  // A name that is not valid UTF-8 changes when decoded; its text does not name the file.
  return Buffer.from(text).equals(name) ? described : { ...described, nameBytes: name }
}

// What `node:fs` does not have.

import { invalid } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions } from '../options/check.js'
import { EXPECTED_FILE, FILE_EDIT, FILE_TO_WRITE, READ_LINES } from '../options/fs-tables.js'
import { CALL } from '../options/tables.js'
import { checkPath, modeOf } from './arguments.js'

/** Reads lines of a file; see `SandboxFs.readLines`. */
export async function readLines(call, path, options) {
  checkPath(path)
  const { start = 1, end, signal } = checkOptions(options, READ_LINES)
  if (start < 1) throw invalid('start', 'start must be at least 1: lines are counted from 1')
  const { data, total } = await call('open', path, undefined, signal, (fs, cancellation) => fs.lines(path, start, end, cancellation))
  const text = data.toString('utf8')
  const lines = text.split('\n')
  // What follows the last newline is a line only if there is something.
  if (lines.at(-1) === '') lines.pop()
  return { lines, text, total }
}

/** Replaces text in a file; see `SandboxFs.edit`. */
export async function edit(call, path, change) {
  checkPath(path)
  const { oldText, newText, all = false, expected, signal } = checkOptions(change, FILE_EDIT)
  checkArgument('oldText', oldText, FILE_EDIT.oldText)
  checkArgument('newText', newText, FILE_EDIT.newText)
  const { mtimeMs, sha256 } = checkOptions(expected, EXPECTED_FILE, 'expected')
  const given = { path, oldText, newText, all, mtimeMs, sha256 }
  return { replaced: await call('open', path, undefined, signal, (fs, cancellation) => fs.edit(given, cancellation)) }
}

/** Writes several files in one go; see `SandboxFs.writeFiles`. */
export async function writeFiles(call, files, options) {
  checkArgument('files', files, { is: Array.isArray, name: 'an array of objects with path and data' })
  const { signal } = checkOptions(options, CALL)
  const given = files.map((file, index) => {
    const { path, data, mode } = checkOptions(file, FILE_TO_WRITE, `files[${index}]`)
    checkArgument('path', path, FILE_TO_WRITE.path, `files[${index}].path`)
    checkArgument('data', data, FILE_TO_WRITE.data, `files[${index}].data`)
    return { path, data, mode: modeOf(mode, 0o644), exactly: mode !== undefined, parents: true }
  })
  await call('open', undefined, undefined, signal, (fs, cancellation) => fs.writeAll(given, cancellation))
}

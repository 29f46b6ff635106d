import { posix } from 'node:path'
import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { GLOB, GREP } from '../options/fs-tables.js'
import { invalid } from '../errors/sandbox-error.js'
import { text } from './error.js'

/** How many files or lines are found by default. */
const FILES = 10_000
const LINES = 1000

/** Finds files by their paths; see `SandboxFs.glob`. */
export async function glob(call, pattern, options) {
  checkArgument('pattern', pattern, kinds.words)
  const { cwd = '.', ignore = [], gitignore = true, limit = FILES, timeout, signal } = checkOptions(options, GLOB)
  const patterns = [pattern].flat()
  if (patterns.some((one) => one.startsWith('/') || one.split('/').includes('..'))) throw invalid('pattern', 'pattern must be relative to cwd')
  const given = { cwd, patterns, ignore: [ignore].flat(), gitignore, limit, timeout }
  const { paths, truncated } = await call('scandir', cwd, undefined, signal, (fs, cancellation) => fs.glob(given, cancellation))
  return { paths: paths.map((path) => text(path)), truncated }
}

/** Finds lines of files; see `SandboxFs.grep`. */
export async function grep(call, pattern, options) {
  checkArgument('pattern', pattern, { is: (value) => typeof value === 'string' || value instanceof RegExp, name: 'a string or a regular expression' })
  const { path = '.', glob: only = [], literal = false, ignoreCase = false, context = 0, gitignore = true, maxPerFile, limit = LINES, timeout, signal } = checkOptions(options, GREP)
  const isExpression = pattern instanceof RegExp
  if (isExpression && literal) throw invalid('literal', 'literal is for patterns that are text')
  const given = { path, pattern: isExpression ? pattern.source : pattern, glob: [only].flat(), literal, ignoreCase: ignoreCase || (isExpression && pattern.ignoreCase), context, gitignore, maxPerFile, limit, timeout }
  const { files, truncated } = await call('scandir', path, undefined, signal, (fs, cancellation) => fs.grep(given, cancellation))
  return { matches: files.flatMap((file) => matchesOf(file, path, context)), truncated }
}

/** The matches in one file, each with the lines around it. */
function matchesOf({ path: below, lines }, root, context) {
  const path = text(below) === '' ? text(root) : posix.join(text(root), text(below))
  const known = new Map(lines.map((line) => [line.number, line.text]))
  const around = (from, to) => Array.from({ length: to - from }, (_unused, index) => known.get(from + index)).filter((line) => line !== undefined)
  return lines
    .filter(({ column }) => column !== undefined && column !== null)
    .map(({ number, text: line, column }) => {
      const match = { path, line: number, column: column + 1, text: line }
      return context > 0 ? { ...match, before: around(number - context, number), after: around(number + 1, number + context + 1) } : match
    })
}

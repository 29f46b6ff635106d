import { posix } from 'node:path'
import { SandboxError } from '../errors/sandbox-error.js'
import { Directory } from './file-tree.js'

const invalid = (argument, message) => new SandboxError('INVALID_ARGUMENT', message, { details: { argument } })

/** Finds files in memory by their paths. `.gitignore` files do not count. */
export function glob(sandbox, { cwd, patterns, ignore, gitignore, limit }) {
  const root = sandbox.up().look(cwd)
  const matches = (path, all) => all.some((pattern) => posix.matchesGlob(path, pattern.replace(/^\.\//, '')))
  const found = [...files(root, gitignore)].map(([path]) => path).filter((path) => matches(path, patterns) && !isWithin(path, (part) => matches(part, ignore))).sort()
  return { paths: found.slice(0, limit), truncated: found.length > limit }
}

/** Finds lines in memory, with JavaScript's regular expressions. */
export function grep(sandbox, { path, pattern, glob: only, literal, ignoreCase, context, gitignore, maxPerFile = Infinity, limit }) {
  const root = sandbox.up().look(path)
  const expression = compile(literal ? pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&') : pattern, ignoreCase)
  const [wanted, unwanted] = [only.filter((one) => !one.startsWith('!')), only.filter((one) => one.startsWith('!')).map((one) => one.slice(1))]
  const matches = (file, all) => all.some((one) => posix.matchesGlob(one.includes('/') ? file : posix.basename(file), one))
  const found = []
  let left = limit
  let truncated = false
  for (const [file, content] of [...files(root, gitignore)].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (content.includes(0) || (wanted.length > 0 && !matches(file, wanted)) || matches(file, unwanted)) continue
    const lines = content.toString('utf8').replace(/\n$/, '').split('\n')
    const hits = lines.flatMap((line, index) => (expression.test(line) ? [index] : [])).slice(0, maxPerFile)
    truncated ||= hits.length > left
    const kept = hits.slice(0, left)
    left -= kept.length
    const shown = new Set(kept.flatMap((hit) => Array.from({ length: 2 * context + 1 }, (_unused, offset) => hit - context + offset)))
    const isHit = new Set(kept)
    const reported = lines.flatMap((line, index) => (shown.has(index) ? [{ number: index + 1, text: line, ...(isHit.has(index) && { column: Buffer.byteLength(line.slice(0, line.search(expression))) }) }] : []))
    if (reported.length > 0) found.push({ path: file, lines: reported })
  }
  return { files: found, truncated }
}

function compile(source, ignoreCase) {
  try {
    return new RegExp(source, ignoreCase ? 'iu' : 'u')
  } catch (error) {
    throw invalid('pattern', `pattern is no valid pattern: ${error.message}`)
  }
}

/** The files below a directory, with their paths; a file itself has none. */
function* files(node, withoutGit, above = '') {
  if (!(node instanceof Directory)) {
    yield [above, node]
    return
  }
  for (const [name, child] of node) {
    if (withoutGit && name === '.git') continue
    const path = above === '' ? name : `${above}/${name}`
    if (child instanceof Directory) yield* files(child, withoutGit, path)
    else yield [path, child]
  }
}

/** Whether a path, or a directory that it is in, fulfils a condition. */
function isWithin(path, is) {
  const parts = path.split('/')
  return parts.some((_unused, index) => is(parts.slice(0, index + 1).join('/')))
}

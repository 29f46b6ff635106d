import { SandboxError } from '../errors/sandbox-error.js'
import { MEANING } from './file-tree.js'

/** A line without characters that are special to a shell. */
const PLAIN = /^[\w@%+:,./ -]*$/

/** Programs that need no handler. They act like the real ones, or return undefined for arguments that they do not support. */
const PROGRAMS = {
  true: () => ({}),
  false: () => ({ exitCode: 1 }),
  echo: (words) => (words[0]?.startsWith('-') ? undefined : { stdout: `${words.join(' ')}\n` }),
  cat,
}

/**
 * Runs a command that no handler answered.
 *
 * @param call the command and its standard input
 * @param read reads a file
 */
export function builtIn({ command, stdin }, read) {
  const [name, ...words] = typeof command === 'string' ? plainWords(command) : command
  if (name === '') return {}
  if (name === 'exit' && typeof command === 'string' && /^\d{0,6}$/.test(words.join(' '))) return { exitCode: Number(words[0] ?? 0) % 256 }
  const answer = Object.hasOwn(PROGRAMS, name ?? '') ? PROGRAMS[name](words, { stdin, read }) : undefined
  return answer ?? unknown(command)
}

function plainWords(line) {
  return PLAIN.test(line) ? line.trim().split(/ +/) : []
}

function cat(paths, { stdin, read }) {
  if (paths.some((path) => path.startsWith('-'))) return undefined
  if (paths.length === 0) return { stdout: stdin }
  const [found, missing] = [[], []]
  for (const path of paths) {
    try {
      found.push(read(path))
    } catch ({ details }) {
      missing.push(`cat: ${path}: ${MEANING[details.errno]}\n`)
    }
  }
  return { stdout: Buffer.concat(found), stderr: missing.join(''), exitCode: missing.length > 0 ? 1 : 0 }
}

function unknown(command) {
  const hint = `cofferdam/testing: no handler answers ${JSON.stringify(command)}; add one with onExec`
  if (typeof command === 'string') return { exitCode: 127, stderr: `/bin/bash: line 1: ${command.trim().split(/\s/)[0]}: command not found\n${hint}\n` }
  throw new SandboxError('COMMAND_NOT_STARTED', `could not start ${command[0]}: No such file or directory`, { hint, details: { reason: 'ENOENT' } })
}

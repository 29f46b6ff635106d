import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './markdown.ts'

/** Programs of packages that only a reader installs. */
const FOREIGN = ['nuxi']

/** What readers make with other commands. */
const MADE = /^\.output\//

const SOURCE = /\.(?:sh|js|mjs|ts|conf|[Dd]ockerfile)$/

/** What is wrong with a block of commands: files, npm scripts, programs and crates that don't exist. */
export function problemsOfShell(document: string, code: string): string[] {
  const problems: string[] = []
  let directory = ROOT
  for (const line of code.split('\n')) {
    const words = line.replace(/(^|\s)#.*/, '').replaceAll(/[;&|(]+|\)/g, ' $& ').split(/\s+/).filter(Boolean)
    for (const [index, word] of words.entries()) {
      const before = words[index - 1]
      if (word === ')') directory = ROOT
      else if (before === 'cd') directory = path.join(directory, word)
      else if (before === 'npx') problems.push(...unless(FOREIGN.includes(word) || word === 'cofferdam' || existsSync(path.join(ROOT, 'node_modules/.bin', word)), `npx ${word}`))
      else if (before === '-p') problems.push(...unless(crates().includes(word), `the crate ${word}`))
      else if (SOURCE.test(word) && !MADE.test(word)) problems.push(...unless(runs(directory, word, before), word))
    }
  }
  return [...problems, ...unknownScripts(document, code)]
}

/** The npm scripts that a document names and that neither the project nor the example beside the document has. */
export function unknownScripts(document: string, text: string): string[] {
  const known = [...scriptsOf('package.json'), ...scriptsOf(path.join(path.dirname(document), 'package.json'))]
  const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, run, short = '']) => run ?? short)
  return named.filter((name) => !known.includes(name)).map((name) => `npm run ${name}`)
}

/** Whether a file exists, and may be executed where it is the command itself. */
function runs(directory: string, word: string, before: string | undefined): boolean {
  const file = path.join(directory, word.replace(/^node_modules\/cofferdam\//, ''))
  if (!existsSync(file)) return false
  if (!word.endsWith('.sh') || before === 'bash') return true
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function scriptsOf(manifest: string): string[] {
  const file = path.join(ROOT, manifest)
  if (!existsSync(file)) return []
  return Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { scripts?: Record<string, string> }).scripts ?? {})
}

function crates(): string[] {
  const manifest = readFileSync(path.join(ROOT, 'Cargo.lock'), 'utf8')
  return [...manifest.matchAll(/^name = "(cofferdam[^"]*)"$/gm)].map(([, name = '']) => name)
}

function unless(fine: boolean, problem: string): string[] {
  return fine ? [] : [problem]
}

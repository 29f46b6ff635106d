import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { codeBlocks, filesOf } from '../support/readme.ts'
import { DOCUMENTS, ROOT, textOf } from './markdown.ts'
import { problemsOfShell, unknownScripts } from './shell.ts'

/** Generated from index.d.ts, which `tsc` checks: its blocks are parts of declarations. */
const REFERENCE = 'docs/api.md'
const LANGUAGES = ['', 'js', 'json', 'mjs', 'sh', 'text', 'ts']

const SAMPLES = DOCUMENTS.filter((file) => file !== REFERENCE).flatMap((file) => codeBlocks(textOf(file)).map((block) => ({ file, ...block })))
const samplesIn = (...languages: string[]) => SAMPLES.filter(({ language }) => languages.includes(language))

test('samples are in languages that are checked here', () => {
  expect(SAMPLES.filter(({ language }) => !LANGUAGES.includes(language))).toEqual([])
  expect(samplesIn('ts', 'js', 'mjs').length).toBeGreaterThan(10)
})

test('samples in TypeScript and JavaScript type-check', async () => {
  // Below the root, where `cofferdam` and the tools resolve.
  mkdirSync(path.join(ROOT, 'target'), { recursive: true })
  const directory = mkdtempSync(path.join(ROOT, 'target/docs-samples-'))
  try {
    for (const [index, { file, language, code }] of samplesIn('ts', 'js', 'mjs').entries()) {
      for (const [part, [, content]] of filesOf(code).entries()) {
        writeFileSync(path.join(directory, `${file.replaceAll(/\W/g, '-')}-${index}-${part}.${language}`), `${content}\nexport {}\n`)
      }
    }
    writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify(CONFIGURATION))
    const tsc = path.join(ROOT, 'node_modules/.bin/tsc')
    const { stdout } = await promisify(execFile)(tsc, ['-p', directory, '--pretty', 'false']).catch((error: { stdout: string }) => error)
    expect(stdout.trim().split('\n').filter(Boolean)).toEqual([])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

const CONFIGURATION = {
  extends: '../../tsconfig.json',
  // Samples leave out the types of parameters, and what is unused is shown for its own sake.
  compilerOptions: { allowJs: true, checkJs: true, noImplicitAny: false, noUncheckedIndexedAccess: false, skipLibCheck: true },
  include: ['*', '../../__test__/docs/samples/globals.d.ts', '../../__test__/docs/samples/modules.d.ts'],
  exclude: [],
}

test('samples in JSON parse', () => {
  for (const { code } of samplesIn('json')) expect(() => JSON.parse(code)).not.toThrow()
})

test.each(samplesIn('sh'))('commands in $file are valid and name what exists: $code', ({ file, code }) => {
  execFileSync('bash', ['-n'], { input: code })
  expect(problemsOfShell(file, code)).toEqual([])
})

test.each(DOCUMENTS)('%s names npm scripts that exist', (file) => {
  expect(unknownScripts(file, textOf(file))).toEqual([])
})

test('the scripts that npm users are told to run are in the package', () => {
  const { files } = JSON.parse(textOf('package.json')) as { files: string[] }
  const named = DOCUMENTS.flatMap((file) => [...textOf(file).matchAll(/node_modules\/cofferdam\/([\w./-]+)/g)].map(([, name = '']) => name))
  expect(named.length).toBeGreaterThan(0)
  for (const name of named) {
    expect(existsSync(path.join(ROOT, name)), name).toBe(true)
    expect(files.some((entry) => name === entry || name.startsWith(`${entry}/`)), `${name} in "files"`).toBe(true)
  }
})

import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DOCUMENTS, linksOf, ROOT, textOf } from './markdown.ts'

const TERMS = [
  'agent', 'bridge', 'conversation', 'draft', 'engine', 'janitor', 'lease', 'lifetime', 'link', 'namespace', 'posture', 'profile', 'quarantine',
  'rescue', 'sandbox', 'secret', 'session', 'site', 'store', 'tag', 'task', 'tether', 'workspace',
]
const DECISIONS = DOCUMENTS.filter((file) => /^docs\/decisions\/\d/.test(file))

test.each([
  ['README.md', 9],
  ['ARCHITECTURE.md', 8],
])('%s has at most %i KiB', (file, limit) => {
  expect(Buffer.byteLength(textOf(file))).toBeLessThanOrEqual(limit * 1024)
})

test('the glossary defines each term once, in alphabetical order', () => {
  const terms = [...textOf('docs/glossary.md').matchAll(/^\| \*\*(.+)\*\* \|/gm)].map(([, term]) => term)
  expect(terms).toEqual(TERMS)
})

test('every error code has a row in the troubleshooting guide', () => {
  const [, union = ''] = /export type ErrorCode =\n((?: +\| '\w+'\n)+)/.exec(textOf('index.d.ts')) ?? []
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(10)
  const rows = textOf('docs/troubleshooting.md').match(/^\| \[?`.*$/gm)?.join('\n') ?? ''
  expect(codes.filter((code) => !rows.includes(`\`${code}\``))).toEqual([])
})

test.each(DECISIONS)('%s has a context, a decision, a measurement and a consequence, in 10 to 30 lines', (file) => {
  const text = textOf(file)
  expect(text.match(/^#+ .*$/gm)).toEqual([expect.stringMatching(`^# ${path.basename(file).slice(0, 2)}: `), '## Context', '## Decision', '## Measurement', '## Consequence'])
  const lines = text.trimEnd().split('\n').length
  expect(lines).toBeGreaterThanOrEqual(10)
  expect(lines).toBeLessThanOrEqual(30)
})

test('the index of decisions lists each of them once', () => {
  const listed = linksOf('docs/decisions/README.md').filter((link) => /^\d/.test(link))
  expect(listed.sort()).toEqual(DECISIONS.map((file) => path.basename(file)).sort())
})

test('the README shows steps of the demo by their current titles', () => {
  const sources = ['examples/demo.js', ...readdirSync(path.join(ROOT, 'examples/demo')).map((file) => `examples/demo/${file}`)]
  const titles = sources.flatMap((file) => [...textOf(file).matchAll(/\bstep\((['"`])(.*?)\1,/g)].map(([, , title = '']) => pattern(title)))
  const shown = [...textOf('README.md').matchAll(/^  ✓ (.*?) {2,}[\d.]+ ms$/gm)].map(([, title = '']) => title)
  expect(shown.length).toBeGreaterThan(3)
  expect(shown.filter((title) => !titles.some((known) => known.test(title)))).toEqual([])
})

/** Matches the title of a step, whatever its placeholders stand for. */
function pattern(title: string): RegExp {
  const literal = title.split(/\$\{.*?\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literal.join('.+')}$`)
}

import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { anchorsOf, DOCUMENTS, inlineCodeOf, linksOf, ROOT } from './markdown.ts'

/** Paths in the repository, as prose names them. */
const PATH = /^(?:src|js|docker|docs|scripts|examples|bench|__test__)\/[\w./-]+$/

test.each(DOCUMENTS)('every link of %s leads to a file, and its anchor to a heading', (document) => {
  const broken = linksOf(document).filter((link) => !/^[a-z]+:/.test(link) && !resolves(document, link))
  expect(broken).toEqual([])
})

test.each(DOCUMENTS)('every path that %s names exists', (document) => {
  const named = inlineCodeOf(document).filter((code) => PATH.test(code))
  const missing = named.filter((name) => !existsSync(path.join(ROOT, name)))
  expect(missing).toEqual([])
})

function resolves(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? document : path.join(path.dirname(document), decodeURI(file))
  if (!existsSync(path.join(ROOT, target))) return false
  return anchor === undefined || (target.endsWith('.md') && anchorsOf(target).has(anchor))
}

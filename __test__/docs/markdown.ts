import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Directories that hold no documents of the project. */
const SKIPPED = new Set(['node_modules', 'target', 'dist', 'data', '.git', '.nuxt', '.output'])

/** The Markdown files of the repository, by their paths in it. */
export const DOCUMENTS = markdownFiles('')

function markdownFiles(directory: string): string[] {
  return readdirSync(path.join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : markdownFiles(file)
    return entry.isFile() && entry.name.endsWith('.md') ? [file] : []
  })
}

export function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}

/** A document's prose: without code blocks and comments. */
export function proseOf(file: string): string {
  return textOf(file).replace(/^```.*?^```$/gms, '').replace(/<!--.*?-->/gs, '')
}

/** The anchors that GitHub gives to a document's headings. */
export function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of proseOf(file).matchAll(/^#{1,6} +(.*)$/gm)) {
    const slug = heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

/** The targets of a document's links, without those in code. */
export function linksOf(file: string): string[] {
  const text = proseOf(file).replace(/`[^`\n]*`/g, 'code')
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target)
}

/** What a document sets as code within its text. */
export function inlineCodeOf(file: string): string[] {
  return [...proseOf(file).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

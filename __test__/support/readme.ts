import { readFileSync } from 'node:fs'

export interface CodeBlock {
  /** As the fence names it; empty without a name. */
  language: string
  code: string
}

/** The fenced code blocks of a Markdown text, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ language, code }))
}

/** The code blocks of one section (`## heading`) of a document, by its path in the repository. */
export function documentBlocks(file: string, heading: string): CodeBlock[] {
  const document = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const section = document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0]
  if (!section) throw new Error(`${file} has no section "${heading}"`)
  return codeBlocks(section)
}

/** The code blocks of one section of the README. */
export function readmeBlocks(heading: string): CodeBlock[] {
  return documentBlocks('README.md', heading)
}

/** Splits a code block into files. Each begins with its path in a comment. */
export function filesOf(code: string): [name: string, content: string][] {
  return code.split(/^(?=\/\/ \S+\.\w+$)/m).map((content) => [/^\/\/ (\S+)$/m.exec(content)?.[1] ?? '', content])
}

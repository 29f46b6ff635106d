import { readFileSync } from 'node:fs'

/** The code blocks of a section of the README, in order. */
export function readmeBlocks(heading: string): { language: string; code: string }[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0]
  if (!section) throw new Error(`the README has no section ${heading}`)
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ language, code }))
}

/** Splits a code block into files. Each begins with its path in a comment. */
export function filesOf(code: string): [name: string, content: string][] {
  return code.split(/^(?=\/\/ \S+\.\w+$)/m).map((content) => [/^\/\/ (\S+)$/m.exec(content)?.[1] ?? '', content])
}

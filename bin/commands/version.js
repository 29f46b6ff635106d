import { readFileSync } from 'node:fs'

export function run() {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${version}\n`)
  return 0
}

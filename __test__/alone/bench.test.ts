import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

interface Row {
  scenario: string
  what: string
  results: Record<string, { p50: number }>
}

/** The names of all scenarios: those that the message about an unknown one lists. */
async function scenarios(): Promise<string[]> {
  const { stderr } = await bench('--only', 'none').catch((error: { stderr: string }) => error)
  return /choose from (.*)/.exec(stderr)?.[1]?.replace(/\W+$/, '').split(', ') ?? []
}

const bench = (...words: string[]) => promisify(execFile)('node', ['--expose-gc', 'bench/index.js', ...words], { maxBuffer: 2 ** 24 })

// Only that every scenario still runs and measures something. How fast it is, `npm run bench` tells on a quiet machine.
test('every scenario of the bench runs', async () => {
  const { stdout } = await bench('--quick', '--json')
  const { rows } = JSON.parse(stdout) as { rows: Row[] }
  expect([...new Set(rows.map(({ scenario }) => scenario))]).toEqual(await scenarios())
  for (const { what, results } of rows) expect(results.cofferdam?.p50, what).toBeGreaterThan(0)
}, 600_000)

import { cpSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { expectSuccess, installed, type Project } from '../support/installed.ts'
import { newDataDir } from '../support/sandboxes.ts'

const TESTS = fileURLToPath(new URL('../fixtures/vitest', import.meta.url))

let project: Project

beforeAll(async () => {
  project = await installed()
  // The version of vitest that this project uses.
  const { devDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { devDependencies: Record<string, string> }
  await expectSuccess(project.run('npm', ['install', '--prefer-offline', `vitest@${devDependencies.vitest}`]))
  cpSync(TESTS, project.directory, { recursive: true })
}, 180_000)

test.each([
  { pool: 'forks', isolation: '--isolate' },
  { pool: 'threads', isolation: '--isolate' },
  { pool: 'threads', isolation: '--no-isolate' },
])('a user’s tests pass in the pool $pool, several files at once, and the process ends ($isolation)', async ({ pool, isolation }) => {
  const env = { DATA_DIR: newDataDir(), CI: 'true' }
  const begun = performance.now()
  const { code, stdout, stderr } = await project.run('npx', ['vitest', 'run', `--pool=${pool}`, isolation, '--maxWorkers=4', '--reporter=json'], { deadline: 50_000, env })
  console.log(`${pool} ${isolation}: ${Math.round(performance.now() - begun)} ms`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numTotalTestSuites: 4, numPassedTests: 10, numFailedTests: 0 })
})

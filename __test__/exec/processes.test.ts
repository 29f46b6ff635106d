import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

/** An npm script that runs another one. */
const NESTED = `echo '{ "scripts": { "outer": "npm run --silent inner", "inner": "node -p 6*7" } }' > package.json && npm run --silent outer`

test('an npm script that runs another one meets the limit of a session, and says so', async () => {
  const { stdout, limits } = await newSandboxes({ profile: 'session' }).exec('a', NESTED, { timeout: 10_000 })
  expect({ stdout, limits }).toEqual({ stdout: '', limits: ['pids'] })
})

test('with pids: 64, as the guide says, it runs', async () => {
  const { stdout, stderr, limits } = await newSandboxes({ profile: 'session', pids: 64 }).exec('a', NESTED)
  expect({ stdout, stderr, limits }).toEqual({ stdout: '42\n', stderr: '', limits: [] })
})

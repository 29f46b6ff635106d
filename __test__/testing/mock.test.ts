import { expect, test, vi } from 'vitest'
import { DockerSandbox, SandboxManager } from 'cofferdam'

// As docs/testing.md shows it.
vi.mock('cofferdam', async (original) => ({ ...(await original<object>()), ...(await import('cofferdam/testing')) }))

test('the double can take the place of the real one where code imports it', async () => {
  const sandboxes = new DockerSandbox({ engine: 'unix:///nonexistent.sock' })
  expect((await sandboxes.exec('a', 'echo hi')).stdout).toBe('hi\n')
  expect(sandboxes).toHaveProperty('onExec')
  expect(SandboxManager).toBeTypeOf('function')
  await sandboxes.close()
})

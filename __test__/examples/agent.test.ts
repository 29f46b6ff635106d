import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { newDataDir } from '../support/sandboxes.ts'
import { openManager } from '../support/sessions.ts'

const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/agent')

test('the agent fixes the project in a sandbox, copies it back, and leaves nothing behind', async () => {
  const sessions = newDataDir()
  const result = path.join(temporaryDirectory(), 'project')
  const agent = spawn(process.execPath, [path.join(EXAMPLE, 'agent.js'), path.join(EXAMPLE, 'project'), result], {
    env: { ...process.env, SESSIONS: sessions },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(agent.stdout), once(agent, 'exit')])
  expect(output).toMatch(/round 1: tests failed \(1\).*\n {2}changed statistics\.js\nround 2: tests passed.*\nall tests pass\n/)
  expect(code).toBe(0)
  expect(readFileSync(path.join(result, 'statistics.js'), 'utf8')).toContain('/ numbers.length\n')
  // The original project is unchanged.
  expect(readFileSync(path.join(EXAMPLE, 'project/statistics.js'), 'utf8')).toContain('/ (numbers.length - 1)\n')
  expect(await openManager(sessions).listSessions()).toEqual([])
})

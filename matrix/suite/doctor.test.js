import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doctor } from '../../index.js'
import { OPTIONS, PODMAN, scaled } from './support/environment.js'
import { engine } from './support/engine.js'

const { engineTimeout } = OPTIONS

test('doctor finds the engine and names it as the engine does', { timeout: scaled(30_000) }, async (t) => {
  const report = await doctor({ engineTimeout })
  const { body } = await engine('GET', '/version')
  t.diagnostic(JSON.stringify(report))
  assert.equal(report.ok, true)
  assert.equal(report.engine.version, body.Version)
  assert.match(report.engine.name, PODMAN ? /podman/i : /docker/i)
})

test('doctor warns of no limit that the engine sets', { timeout: scaled(30_000) }, async () => {
  const { problems } = await doctor({ engineTimeout })
  const { body } = await engine('GET', '/info')
  const limits = JSON.stringify(problems.filter((problem) => /limit|cgroup/i.test(JSON.stringify(problem))))
  // limits.test.js proves that these are in force.
  if (body.MemoryLimit !== false && body.PidsLimit !== false && body.CpuCfsQuota !== false) assert.equal(limits, '[]')
})

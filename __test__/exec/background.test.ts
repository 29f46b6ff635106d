import { expect, test } from 'vitest'
import { count } from '../support/docker.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('a background process neither delays the result nor dies with it', async () => {
  const { containerId } = await box.getOrCreate('a')
  const begun = Date.now()
  const result = await box.exec('a', 'sleep 4321 & echo started', { timeout: 20_000 })
  expect(result).toMatchObject({ exitCode: 0, stdout: 'started\n', timedOut: false })
  expect(Date.now() - begun).toBeLessThan(10_000)
  expect(await count(containerId, 'sleep 4321')).toBe(1)
})

test('a background process outlives the deadline of the command that left it', async () => {
  const { containerId } = await box.getOrCreate('a')
  await box.exec('a', 'sleep 4322 &', { timeout: 300 })
  await box.exec('a', 'sleep 1')
  expect(await count(containerId, 'sleep 4322')).toBe(1)
})

test('a background process may keep writing to its output', async () => {
  await box.exec('a', '(i=0; while sleep 0.02; do seq 5000; echo $((i += 1)) > progress; done) &')
  const progress = async () => Number((await box.exec('a', 'cat progress 2>/dev/null || echo 0')).stdout)
  await expect.poll(progress, { timeout: 20_000 }).toBeGreaterThan(20)
})

test('a server left in the background serves the next command', async () => {
  await box.exec('a', 'echo hello > index.html; python3 -m http.server 8123 --bind 127.0.0.1 &')
  const fetched = async () => (await box.exec('a', 'curl -s http://127.0.0.1:8123/')).stdout
  await expect.poll(fetched, { timeout: 20_000 }).toBe('hello\n')
})

test('output that a background process writes right after the end is still part of the result', async () => {
  const result = await box.exec('a', '(echo from the child) & wait; echo from the shell')
  expect(result.stdout.split('\n').sort()).toEqual(['', 'from the child', 'from the shell'])
})

test('output through a process that outlives the shell is in the result', async () => {
  const result = await box.exec('a', 'exec > >(while read -r line; do echo "<$line>"; sleep 0.01; done); seq 60')
  expect(result.stdout).toBe(Array.from({ length: 60 }, (_, index) => `<${index + 1}>\n`).join(''))
  expect(result).toMatchObject({ outputOpen: false, truncated: false })
})

test('the result says whether a process still has the output, and one that writes for ever delays it only for a while', async () => {
  expect((await box.exec('a', 'echo x')).outputOpen).toBe(false)
  expect((await box.exec('a', 'sleep 4323 &')).outputOpen).toBe(true)
  expect((await box.exec('a', 'sleep 4324 > /dev/null 2>&1 &')).outputOpen).toBe(false)
  const begun = Date.now()
  const result = await box.exec('a', '(while sleep 0.01; do echo again; done) &', { timeout: 60_000 })
  expect(result).toMatchObject({ outputOpen: true, exitCode: 0 })
  expect(result.stdout).toContain('again')
  expect(Date.now() - begun).toBeLessThan(20_000)
})

test('a command that closes its output early still runs to its end', async () => {
  const result = await box.exec('a', 'echo before; exec >&- 2>&-; sleep 0.3; touch reached; exit 7')
  expect(result).toMatchObject({ exitCode: 7, stdout: 'before\n' })
  expect(await box.readFile('a', 'reached')).toBe('')
})

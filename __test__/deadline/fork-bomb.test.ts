import { beforeAll, expect, test } from 'vitest'
import { processes } from '../support/docker.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const DEADLINE = 1500

// With the default limits: half a CPU and 100 processes.
const box = newSandboxes()

let containerId: string

beforeAll(async () => {
  ;({ containerId } = await box.getOrCreate('a'))
})

const BOMBS: [string, string][] = [
  ['in bash', ':(){ :|:& };:; sleep 999'],
  ['in bash that continues', ':(){ :|:& };: ; while :; do :|: ; done'],
  ['in python', 'python3 -c "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"'],
  ['that starts sessions and ignores signals', `python3 -c "
import os, signal
for s in range(1, 32):
  try: signal.signal(s, signal.SIG_IGN)
  except OSError: pass
while True:
  try:
    if os.fork() == 0: os.setsid()
  except OSError: pass"`],
  ['whose processes keep replacing themselves', `cat > bomb.sh <<'END'
#!/bin/bash
trap '' TERM
while :; do setsid ./bomb.sh & exec ./bomb.sh; done
END
chmod +x bomb.sh; ./bomb.sh`],
]

test.each(BOMBS)('a deadline ends a fork bomb %s', async (_, bomb) => {
  const beside = box.exec('a', 'sleep 4; echo unharmed', { timeout: 60_000 })
  const begun = Date.now()
  const result = await box.exec('a', bomb, { timeout: DEADLINE })
  expect(Date.now() - begun).toBeLessThan(DEADLINE + 2000)
  expect(result).toMatchObject({ timedOut: true, exitCode: 124 })
  const left = async () => (await processes(containerId)).filter(({ command }) => !/sleep 4/.test(command))
  await expect.poll(left, { timeout: 3000, interval: 50 }).toEqual([])
  expect(await beside).toMatchObject({ exitCode: 0, stdout: 'unharmed\n' })
  expect((await box.exec('a', 'echo alive')).stdout).toBe('alive\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('a command runs although processes left by an earlier one have used up the limit', async () => {
  await box.exec('a', 'for i in $(seq 150); do sleep 888 & done 2>/dev/null; true', { timeout: 5000 })
  expect((await box.exec('a', 'echo alive')).stdout).toBe('alive\n')
  await box.exec('a', 'pkill -9 sleep; true')
})

test('a fork bomb in the background does not keep commands from running', async () => {
  // The command itself ends at once, so no deadline applies to what it left.
  const bombed = await box.exec('bombed', ':(){ :|:& };:', { timeout: 20_000 })
  expect(bombed.timedOut).toBe(false)
  for (let attempt = 0; attempt < 10; attempt++) {
    expect((await box.exec('bombed', 'echo alive')).stdout).toBe('alive\n')
  }
  await box.remove('bombed')
})

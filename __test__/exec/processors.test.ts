import { cpus } from 'node:os'
import { expect, test } from 'vitest'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'

const SHOW = 'nproc; echo $OMP_NUM_THREADS,$GOMAXPROCS; python3 -c "import os; print(os.cpu_count())"'

// On a machine with one processor, there is nothing to hide.
test.runIf(cpus().length > 1)('programs see the processors that the sandbox may use', async () => {
  expect((await newSandboxes({ cpus: 0.5, network: 'none' }).exec('a', SHOW)).stdout).toBe('1\n1,1\n1\n')
})

test('with as many processors as the machine has, programs are told nothing', async () => {
  const count = cpus().length
  expect((await newSandboxes({ cpus: count, network: 'none' }).exec('a', SHOW)).stdout).toBe(`${count}\n,\n${count}\n`)
})

test('what the caller sets is kept', async () => {
  const box = newSandboxes({ cpus: 0.5, network: 'none', env: { OMP_NUM_THREADS: '7' } })
  expect((await box.exec('a', 'echo $OMP_NUM_THREADS,$GOMAXPROCS', { env: { GOMAXPROCS: '9' } })).stdout).toBe('7,9\n')
})

test.runIf(cpus().length > 1)('a changed limit is told in the same container', async () => {
  const dataDir = newDataDir()
  const small = open(dataDir, { cpus: 0.5, network: 'none' })
  const { containerId } = await small.getOrCreate('a')
  await small.close()
  const large = open(dataDir, { cpus: cpus().length, network: 'none' })
  expect((await large.exec('a', 'nproc')).stdout).toBe(`${cpus().length}\n`)
  expect((await large.info('a')).containerId).toBe(containerId)
})

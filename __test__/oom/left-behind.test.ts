import { expect, test } from 'vitest'
import { startCommand } from '../support/running.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const MEMORY = 64 * 2 ** 20

/** Two directories in memory that together can hold all of it. */
const TMPFS = { '/one': MEMORY / 2, '/two': MEMORY / 2 }

const FILL = 'head -c 31m /dev/zero > /one/left; head -c 31m /dev/zero > /two/left'

test('a sandbox in which every command is killed for memory is stopped, and works again with its files', async () => {
  const box = newSandboxes({ memory: MEMORY, network: 'none', tmpfs: TMPFS })
  await box.writeFile('a', 'kept', 'content')
  await box.exec('a', FILL)
  const ends: unknown[] = []
  for (let number = 0; number < 20 && ends.at(-1) !== 0; number += 1) {
    try {
      const result = await box.exec('a', 'python3 -c "x = bytearray(8_000_000)"')
      if (result.exitCode !== 0) expect(result).toMatchObject({ exitCode: 137, oomKilled: true })
      ends.push(result.exitCode)
    } catch (error) {
      expect(error).toMatchObject({ code: 'SANDBOX_LOST', details: { oomKilled: true } })
      ends.push(error)
    }
  }
  expect(ends).toEqual([137, 137, 137, 0])
  expect((await box.readFile('a', 'kept')).toString()).toBe('content')
})

test('a sandbox with another command in progress is not stopped', async () => {
  const box = newSandboxes({ memory: '64m', cpus: 2, network: 'none' })
  const { result } = await startCommand(box, 'a', 'echo begun; while [ ! -e over ]; do sleep 0.1; done; echo done')
  for (const _ of [1, 2, 3, 4]) {
    expect(await box.exec('a', ['python3', '-c', 'x = bytearray(200_000_000)'])).toMatchObject({ oomKilled: true })
  }
  await box.exec('a', 'touch over')
  expect((await result).stdout).toBe('begun\ndone\n')
})

test('a sandbox whose agent the kernel chose is lost as one that ran out of memory', async () => {
  const box = newSandboxes({ memory: '64m', cpus: 2, network: 'none' })
  await box.getOrCreate('a')
  // The memory is that of a file, so the process itself is smaller than the agent.
  const program = String.raw`
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
  static char page[4096] = {1};
  write(open("/proc/self/oom_score_adj", O_WRONLY), "0", 1);
  int file = memfd_create("held", 0);
  for (;;) if (write(file, page, sizeof page) < 0) usleep(1000);
}`
  // A compiler needs more memory.
  const compiler = newSandboxes({ network: 'none' })
  await compiler.writeFile('a', 'hold.c', program)
  expect(await compiler.exec('a', 'gcc -w -static -o hold hold.c', { timeout: 60_000 })).toMatchObject({ exitCode: 0, stderr: '' })
  await box.writeFile('a', 'hold', await compiler.readFile('a', 'hold', { encoding: null }))
  await box.exec('a', 'chmod +x hold')
  const beside = box.exec('a', 'sleep 20').catch((error: any) => error)
  await expect(box.exec('a', ['./hold'])).rejects.toMatchObject({ code: 'SANDBOX_LOST', details: { exitCode: 137, oomKilled: true } })
  // It is killed before the agent. Whether the agent can still report that is a matter of luck.
  const { oomKilled, details } = await beside
  expect(oomKilled ?? details.oomKilled).toBe(true)
  expect((await box.exec('a', 'echo alive')).stdout).toBe('alive\n')
})

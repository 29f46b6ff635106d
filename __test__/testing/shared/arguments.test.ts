import { expect, test } from 'vitest'
import { rejection, thrown } from '../../support/errors.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

  const REFUSED: [string, string, () => Promise<unknown>][] = [
    ['a hostile id', 'id', () => box.exec('../a', 'true')],
    ['an id that is no text', 'id', () => box.getOrCreate(7 as never)],
    ['an empty command', 'command', () => box.exec('a', '')],
    ['no command', 'command', () => box.exec('a', [])],
    ['a NUL in a command', 'command', () => box.exec('a', 'a\0b')],
    ['a command that is too long', 'command', () => box.exec('a', 'x'.repeat(200_000))],
    ['a misspelt option', 'timeuot', () => box.exec('a', 'true', { timeuot: 1 } as never)],
    ['a deadline past the longest', 'timeout', () => box.exec('a', 'true', { timeout: 300_001 })],
    ['a deadline of nothing', 'timeout', () => box.exec('a', 'true', { timeout: 0 })],
    ['an impossible environment', 'env', () => box.exec('a', 'true', { env: { 'A=B': 'x' } })],
    ['an output limit past the largest', 'outputLimit', () => box.exec('a', 'true', { outputLimit: '65m' })],
    ['a NUL in a directory', 'cwd', () => box.exec('a', 'true', { cwd: 'a\0b' })],
    ['an unknown encoding', 'encoding', () => box.exec('a', 'true', { encoding: 'latin1' as never })],
    ['a listener that is none', 'onStdout', () => box.exec('a', 'true', { onStdout: 'x' as never })],
    ['an empty path', 'path', () => box.readFile('a', '')],
    ['a NUL in a path', 'path', () => box.writeFile('a', 'a\0b', '')],
    ['a path that is too long', 'path', () => box.readFile('a', 'x/'.repeat(2048))],
    ['content that is neither text nor bytes', 'data', () => box.writeFile('a', 'x', 7 as never)],
    ['an empty path of the host', 'hostPath', () => box.upload('a', '', 'x')],
    ['a copy to nowhere', 'path', () => box.upload('a', '/tmp', '')],
    ['a copy of less than nothing', 'maxBytes', () => box.download('a', 'x', '/tmp/x', { maxBytes: -1 })],
    ['a signal that is none', 'signal', () => box.stop('a', { signal: {} as never })],
    ['an unknown option of close', 'stopall', () => box.close({ stopall: true } as never)],
  ]

  test.each(REFUSED)('%s is refused', async (_what, argument, call) => {
    expect((await rejection(call(), 'INVALID_ARGUMENT')).details).toMatchObject({ argument })
  })

  test.each([{ memmory: '1g' }, { memory: '1m' }, { cpus: 0 }, { user: 'root' }, { network: 'host' }, { timeout: 300_001 }, { profile: 'vm' }, { mounts: [{ type: 'bind', source: '/', target: '/host' }] }, { idleTimeout: -1 }])(
    '%j are no options',
    (options) => {
      thrown(() => open(options as never), 'INVALID_ARGUMENT')
    },
  )
})

import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

  test('a stop keeps all files, a removal those of the workspace, and with workspace: true none', async () => {
    const contents = async () => Promise.all(['inside', '/tmp/beside'].map((path) => box.readFile('kept', path).catch(({ code }) => code as string)))
    await box.writeFile('kept', 'inside', 'x')
    await box.writeFile('kept', '/tmp/beside', 'y')
    await box.stop('kept')
    expect(await contents()).toEqual(['x', 'y'])
    await box.remove('kept')
    expect(await contents()).toEqual(['x', 'FILE_ERROR'])
    await box.remove('kept', { workspace: true })
    expect(await contents()).toEqual(['FILE_ERROR', 'FILE_ERROR'])
  })

  test('a read-only root is one, and directories in memory are empty after a stop', async () => {
    const other = open({ readOnly: true, tmpfs: { '/scratch/deep': '1m' } })
    await other.writeFile('a', 'file', 'x')
    await other.writeFile('a', '/scratch/deep/file', 'x')
    for (const path of ['/tmp/x', '/home/sandbox/x', '/etc/x', '/scratch/x']) expect((await rejection(other.writeFile('a', path, 'x'), 'FILE_ERROR')).details).toMatchObject({ errno: 'EROFS' })
    await other.stop('a')
    expect(await other.readFile('a', 'file')).toBe('x')
    expect((await rejection(other.readFile('a', '/scratch/deep/file'), 'FILE_ERROR')).details).toMatchObject({ errno: 'ENOENT' })
  })

  test('what goes past the disk limit is DISK_LIMIT, and what was there stays', async () => {
    const limited = open({ disk: '2m' })
    await limited.writeFile('disk', 'file', 'before')
    const { details } = await rejection(limited.writeFile('disk', 'file', Buffer.alloc(4 * 1024 * 1024)), 'DISK_LIMIT')
    expect(details).toMatchObject({ errno: expect.stringMatching(/^(ENOSPC|EDQUOT)$/), path: 'file' })
    expect(await limited.readFile('disk', 'file')).toBe('before')
    expect((await limited.info('disk')).disk).toMatchObject({ limit: 2 * 1024 * 1024, enforcement: expect.stringMatching(/^(hard|soft)$/) })
  })
})

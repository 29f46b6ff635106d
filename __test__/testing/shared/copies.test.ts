import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { tree, treeDirectory } from '../../support/trees.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

  test('directories and files go in and come out', async () => {
    const directory = treeDirectory()
    const at = (name: string) => path.join(directory, name)
    mkdirSync(at('project/src/empty'), { recursive: true })
    writeFileSync(at('project/main.py'), 'print(1)')
    writeFileSync(at('project/src/__proto__'), 'x')
    expect(await box.upload('copies', at('project'), 'a/project')).toEqual({ entries: 4, bytes: 9 })
    expect(await box.readFile('copies', 'a/project/src/__proto__')).toBe('x')
    await box.writeFile('copies', 'a/project/new', 'new')
    await box.writeFile('copies', 'a/project/main.py', 'old')
    await box.upload('copies', at('project'), '/workspace/a/project')
    await box.upload('copies', at('project'), 'a/..')
    expect(await box.readFile('copies', 'main.py')).toBe('print(1)')
    expect(await box.download('copies', 'a', at('out/a'))).toEqual({ entries: 6, bytes: 12 })
    expect(tree(at('out/a/project'))).toEqual({ ...tree(at('project')), new: 'file 644 new' })
    expect(await box.download('copies', 'a/project/main.py', at('out/main.py'))).toEqual({ entries: 1, bytes: 8 })
    const handle = await box.getOrCreate('copies')
    expect([await handle.upload(at('out/main.py'), 'b'), await handle.download('b', at('b'))]).toEqual([{ entries: 1, bytes: 8 }, { entries: 1, bytes: 8 }])
  })

  test('what can’t be copied is told with its path', async () => {
    const directory = treeDirectory()
    const at = (name: string) => path.join(directory, name)
    for (const name of ['d', 'e']) mkdirSync(at(name))
    writeFileSync(at('f'), 'x')
    symlinkSync('/etc/passwd', at('d/link'))
    await box.writeFile('copies', 'there/file', 'x')
    const details = async (copy: Promise<unknown>) => (await rejection(copy, 'FILE_ERROR')).details
    expect(await details(box.upload('copies', at('none'), 'x'))).toMatchObject({ errno: 'ENOENT', path: at('none') })
    execFileSync('mkfifo', [at('pipe')])
    expect(await details(box.upload('copies', at('pipe'), 'x'))).toMatchObject({ errno: 'EINVAL', reason: 'kind', path: at('pipe') })
    expect(await details(box.upload('copies', at('f'), 'there/..'))).toMatchObject({ errno: 'EISDIR', path: 'there/..' })
    expect(await details(box.upload('copies', at('d'), 'x'))).toMatchObject({ reason: 'link', path: at('d/link') })
    expect(await details(box.upload('copies', at('d/link'), 'x'))).toMatchObject({ errno: 'ELOOP', path: at('d/link') })
    expect(await details(box.upload('copies', at('f'), 'there'))).toMatchObject({ errno: 'EISDIR', path: 'there' })
    expect(await details(box.upload('copies', at('e'), 'there/file'))).toMatchObject({ errno: 'ENOTDIR', path: 'there/file' })
    expect(await details(box.upload('copies', at('f'), '/etc/x'))).toMatchObject({ errno: 'EACCES', path: '/etc/x' })
    expect(await details(box.download('copies', 'none', at('x')))).toMatchObject({ errno: 'ENOENT', path: 'none' })
    expect(await details(box.download('copies', 'there', at('f')))).toMatchObject({ errno: 'ENOTDIR', path: at('f') })
    expect(await details(box.download('copies', 'there/file', at('d')))).toMatchObject({ errno: 'EISDIR', path: at('d') })
    const limit = async (copy: Promise<unknown>) => (await rejection(copy, 'FILE_TOO_LARGE')).details
    expect(await limit(box.download('copies', 'there', at('x'), { maxEntries: 0 }))).toMatchObject({ limit: 0, path: 'there/file' })
    expect(await limit(box.upload('copies', at('f'), 'x', { maxBytes: 0 }))).toMatchObject({ limit: 0, path: at('f') })
  })
})

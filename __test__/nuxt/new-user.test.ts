import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leftovers, namespaceOf, removeLeftovers } from '../support/data-dir.ts'
import { newProject } from '../support/installed.ts'
import { readmeBlocks } from '../support/readme.ts'
import { cleanUp } from '../support/sandboxes.ts'

test('who follows the README from an empty directory, without a compiler, gets what it promises', { timeout: 180_000 }, async () => {
  const [install, example] = readmeBlocks('Install')
  if (install?.language !== 'sh' || example?.language !== 'js') throw new Error('the README installs in a block of sh and then shows a block of js')
  const [, name = ''] = /^\/\/ (\S+)$/m.exec(example.code) ?? []
  const project = await newProject()
  expect(readdirSync(project.directory)).toEqual([])
  for (const compiler of ['cargo', 'rustc', 'cc', 'gcc', 'clang', 'make']) {
    expect(await project.run('sh', ['-c', `command -v ${compiler}`])).toEqual({ code: 127, stdout: '', stderr: '' })
  }

  // A cache of its own: what is printed is what a new user downloads.
  const env = { npm_config_cache: path.join(project.directory, '../cache') }
  for (const command of install.code.trim().split('\n')) {
    const begun = performance.now()
    expect(await project.run('sh', ['-c', command], { env }), command).toMatchObject({ code: 0 })
    console.log(`${command}: ${Math.round(performance.now() - begun)} ms`)
  }
  console.log(`downloaded: ${(project.fetched() / 2 ** 20).toFixed(2)} MiB`)
  expect(project.fetched()).toBeLessThan(7 * 2 ** 20)

  project.write(name, example.code)
  const begun = performance.now()
  expect(await project.run('node', [name], { deadline: 60_000 })).toEqual({ code: 0, stdout: '42\n', stderr: '' })
  console.log(`node ${name}: ${Math.round(performance.now() - begun)} ms`)
  const namespace = namespaceOf(path.join(project.directory, 'data/sandboxes')) ?? ''
  cleanUp(() => removeLeftovers(namespace))
  expect(namespace).not.toBe('')
  expect(await leftovers(namespace)).toEqual([])
})

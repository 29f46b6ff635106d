import { expect, test } from 'vitest'
import { expectSuccess, installed } from '../support/installed.ts'
import { nodeOfVersion } from '../support/node-versions.ts'
import { readmeBlocks } from '../support/readme.ts'
import { newDataDir } from '../support/sandboxes.ts'

const COMPARE = `
const required = require('cofferdam')
import('cofferdam').then((imported) => {
  const names = Object.keys(imported).filter((name) => name !== 'default' && name !== 'module.exports')
  console.log(JSON.stringify({ node: process.version, names: names.length, same: names.every((name) => imported[name] === required[name]) }))
})`

// The oldest supported versions of 20 and 22, and a newer one.
test.each(['20.19.0', '22.12.0', '24.21.0'])('on Node %s the package installs, `import` and `require` give the same classes, and the README’s example runs', { timeout: 240_000 }, async (version) => {
  const project = await installed({ node: nodeOfVersion(version) })
  project.write('compare.cjs', COMPARE)
  const { stdout, stderr } = await expectSuccess(project.run('node', ['compare.cjs']))
  expect(JSON.parse(stdout)).toEqual({ node: `v${version}`, names: 13, same: true })
  // Nor a warning about experimental features, but for Node 22.12: it warns of each `require` of an ES module, 22.13 no longer does.
  if (version === '22.12.0') expect(stderr.replace(/^\(node:\d+\) ExperimentalWarning: CommonJS module .* is loading ES Module .* using require\(\)\.\n.*\n.*\n/, '')).toBe('')
  else expect(stderr).toBe('')

  const example = readmeBlocks('Install').find(({ language }) => language === 'js')?.code ?? ''
  const dataDir = "'./data/sandboxes'"
  expect(example).toContain(dataDir)
  // In a data directory that is cleaned up, however the example ends.
  project.write('example.mjs', example.replace(dataDir, JSON.stringify(newDataDir())))
  expect(await project.run('node', ['example.mjs'], { deadline: 60_000 })).toEqual({ code: 0, stdout: '42\n', stderr: '' })
})

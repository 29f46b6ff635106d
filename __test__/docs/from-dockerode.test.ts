import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { DockerManager, NetworkManager, VolumeManager } from '../../index.js'

const guide = readFileSync(new URL('../../docs/from-dockerode.md', import.meta.url), 'utf8')
const require = createRequire(import.meta.url)

const CLASSES = ['docker', 'container', 'exec', 'image', 'network', 'volume', 'config', 'node', 'plugin', 'secret', 'service', 'task']

/** The rows of the guide's tables of methods. */
const rows = guide.slice(guide.indexOf('## Methods'), guide.indexOf('## Fields')).split('\n').filter((line) => line.startsWith('| '))

/** The methods that a row names, such as `container.start`; a name that begins with a dot is of the object before it. */
function methodsOf(cell: string): string[] {
  let object = ''
  const named: string[] = []
  for (const [, text = ''] of cell.matchAll(/`([^`]+)`/g)) {
    const [, owner, method] = /^(\w*)\.(\w+)/.exec(text) ?? []
    object = owner || object
    if (method) named.push(`${object}.${method}`)
    else if (cell.includes('all methods of')) named.push(`${text}.*`)
  }
  return named
}

const listed = new Set(rows.flatMap((row) => methodsOf(row.split('|')[1] ?? '')))

test.each(CLASSES)('every public method of dockerode’s class of a %s is in the guide, and no other', (name) => {
  const { prototype } = require(`dockerode/lib/${name}`) as { prototype: object }
  const methods = Object.getOwnPropertyNames(prototype).filter((method) => method !== 'constructor')
  expect(methods.length).toBeGreaterThan(0)
  if (listed.has(`${name}.*`)) return
  expect(methods.filter((method) => !listed.has(`${name}.${method}`))).toEqual([])
  expect([...listed].filter((entry) => entry.startsWith(`${name}.`) && !methods.includes(entry.split('.')[1] ?? ''))).toEqual([])
})

test('every method of this package that the guide names exists', () => {
  const own = [DockerManager, NetworkManager, VolumeManager].flatMap(({ prototype }) => {
    const names: string[] = []
    for (let one: object = prototype; one !== Object.prototype; one = Object.getPrototypeOf(one) as object) names.push(...Object.getOwnPropertyNames(one))
    return names
  })
  const objects = ['DockerExecutor', 'NetworkManager', 'VolumeManager', 'resize', 'write', 'end', 'auth', 'secrets', 'upload', 'download']
  for (const row of rows) {
    const cell = row.split('|')[2] ?? ''
    for (const [, text = ''] of cell.matchAll(/`([^`]+)`/g)) {
      const names = /^[\w, ]+$/.test(text) ? text.split(', ') : [/(?:manager\.|of )?(\w+)\(/.exec(text)?.[1]]
      for (const name of names.filter((one) => one !== undefined)) expect([...own, ...objects], row).toContain(name)
    }
  }
})

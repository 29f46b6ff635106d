import { expect, test } from 'vitest'
import type { ContainerConfig } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { newManager } from '../support/manager.ts'
import { exportsOf } from './sources.ts'

// Nothing answers there: a configuration that is accepted gets as far as that.
const manager = newManager({ engine: 'unix:///no/such/engine.sock' })

const tables = (await exportsOf('options/container.js')) as Record<string, Record<string, unknown>>

const VALUES = [0, 1, -1, 1.5, 1e300, 'x', '', ' ', '1.5g', true, null, [], ['x'], [1], [null], [{}], {}, { a: 1 }, { a: null }, { a: 'b' }, { name: 1 }, { 80: {} }, { 80: [[]] }, () => {}, 10n, Symbol('s')]

const nested: [string, string | undefined, (field: string, value: unknown) => object][] = [
  ['CONTAINER', undefined, (field, value) => ({ [field]: value })],
  ['LIMITS', 'resourceLimits', (field, value) => ({ resourceLimits: { [field]: value } })],
  ['SECURITY', 'security', (field, value) => ({ security: { [field]: value } })],
  ['RESTART', 'restartPolicy', (field, value) => ({ restartPolicy: { name: 'no', [field]: value } })],
  ['CONTAINER_MOUNT', 'mounts', (field, value) => ({ mounts: [{ type: 'volume', source: 'v', target: '/t', [field]: value }] })],
]

const cases = nested.flatMap(([table, parent, config]) => Object.keys(tables[table] ?? {}).map((field) => [`${table}.${field}`, field, parent, config] as const))

test.each(cases)('a wrong %s is named, and what is allowed', async (_, field, parent, config) => {
  for (const value of VALUES) {
    let error
    try {
      await manager.createContainer({ image: 'a', ...config(field, value) } as ContainerConfig)
    } catch (thrown) {
      error = thrown as { code: string; message: string; details?: { argument?: string } }
    }
    if (error?.code === 'ENGINE_UNREACHABLE') continue
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    if (error?.message.startsWith('unknown option')) continue
    expect(error?.message.includes(field) || [field, parent].includes(error?.details?.argument)).toBe(true)
    expect(error?.message).toMatch(new RegExp(`${field}|${parent}`))
    // The words of parsers.
    expect(error?.message).not.toMatch(/untagged|variant|at line|column|invalid type|missing field|expected|serde/)
  }
})

test.each([
  [{ env: { PORT: 3000 } }, 'env', 'env.PORT must be a string, not 3000'],
  [{ labels: { a: null } }, 'labels', 'labels.a must be a string, not null'],
  [{ command: ['a', 1] }, 'command', 'command[1] must be a string, not 1'],
  [{ dns: [1] }, 'dns', 'dns[0] must be a string, not 1'],
  [{ mounts: ['/a:/b'] }, 'mounts', 'mounts[0] must be an object, not "/a:/b"'],
  [{ restartPolicy: { name: 1 } }, 'name', 'restartPolicy.name must be a string, not 1'],
  [{ mounts: [{ type: 'tmpfs', target: '/t', size: true }] }, 'size', 'mounts[0].size must be a number of bytes'],
  [{ ports: { 80: 'http' } }, 'ports', 'ports.80 must be a port from 0 to 65535'],
  [{ resourceLimits: { pids: 1.5 } }, 'pids', 'pids must be a whole number from 1 to 4194304, not 1.5'],
  [{ resourceLimits: { memory: 'x' } }, 'memory', "memory must be a size such as 1048576, '512m' or '1.5g', not \"x\""],
])('%j says what is wrong', async (config, argument, message) => {
  const error = await rejection(manager.createContainer({ image: 'a', ...config } as ContainerConfig), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe(argument)
  expect(error.message).toContain(message)
})

// Runs last, in a process of its own: what is left after all other files have cleaned up.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { inventory } from './support/engine.js'

const before = JSON.parse(process.env.MATRIX_BEFORE)

/** What all sandboxes of an engine share stays: a network for each value of `host`, and the volume with the agent. */
const SHARED_NETWORK = /^cofferdam-/
const SHARED_VOLUME = /^cofferdam-agent-/

test('no container is left', async () => {
  assert.deepEqual((await inventory()).containers.filter((name) => !before.containers.includes(name)), [])
})

test('no network or volume is left but those that all sandboxes share', async () => {
  const { networks, volumes } = await inventory()
  const left = [networks.filter((name) => !before.networks.includes(name)), volumes.filter((name) => !before.volumes.includes(name))]
  assert.deepEqual(left.map((names, i) => names.filter((name) => ![SHARED_NETWORK, SHARED_VOLUME][i].test(name))), [[], []])
  assert.ok(left[0].length <= 2, `the networks ${left[0]}`)
  assert.ok(left[1].length <= 1, `the volumes ${left[1]}`)
})

test('no directory, mount or loop device is left', () => {
  assert.deepEqual(readdirSync(homedir()).filter((name) => name.startsWith('matrix-')), [])
  assert.doesNotMatch(readFileSync('/proc/self/mounts', 'utf8'), /matrix-|\.cofferdam/)
  const loops = readdirSync('/sys/block').filter((name) => existsSync(path.join('/sys/block', name, 'loop/backing_file')))
  assert.deepEqual(loops, [])
})

test('no process of a container is left', () => {
  const commands = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    } catch {
      return ''
    }
  })
  assert.deepEqual(commands.filter((command) => /^(sleep \d{6,}|\/\.cofferdam\/agent)/.test(command)), [])
})

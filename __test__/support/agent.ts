import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { docker } from './docker.ts'
import { cleanUp } from './sandboxes.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** The volume from which a container has its agent. */
export async function agentVolume(containerId: string): Promise<string> {
  const { Mounts } = await docker.getContainer(containerId).inspect()
  const mount = Mounts.find(({ Destination }) => Destination === '/.cofferdam')
  if (!mount?.Name) throw new Error(`${containerId} has no agent's volume`)
  return mount.Name
}

/** Runs a command as root in a container that mounts a volume at /volume; gives its output. */
export async function inVolume(volume: string, command: string): Promise<Buffer> {
  const container = await docker.createContainer({
    Image: 'ai-sandbox:latest',
    Entrypoint: ['bash', '-c', command],
    User: '0:0',
    Labels: { 'cofferdam.test': String(process.pid) },
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: volume, Target: '/volume' }] },
  })
  try {
    await container.start()
    const { StatusCode } = await container.wait()
    const output = await container.logs({ stdout: true, stderr: true })
    if (StatusCode !== 0) throw new Error(`${command}: ${StatusCode} ${output.toString('latin1')}`)
    return payload(output)
  } finally {
    await container.remove({ force: true })
  }
}

/** What a log holds, without the engine's eight bytes before each piece. */
function payload(log: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < log.length; ) {
    const size = log.readUInt32BE(at + 4)
    pieces.push(log.subarray(at + 8, at + 8 + size))
    at += 8 + size
  }
  return Buffer.concat(pieces)
}

/** The agent that the addon puts into containers. */
export async function readAgent(containerId: string): Promise<Buffer> {
  const text = await inVolume(await agentVolume(containerId), 'base64 -w0 /volume/agent')
  return Buffer.from(text.toString('latin1'), 'base64')
}

/** An agent that speaks a version of the protocol that no release does. Built once, and then taken as it is. */
export function agentOfOtherProtocol(): string {
  const cargo = ['cargo', path.join(process.env['CARGO_HOME'] ?? path.join(process.env['HOME'] ?? '/root', '.cargo'), 'bin/cargo')].find(
    (candidate) => spawnSync(candidate, ['--version']).status === 0,
  )
  if (!cargo) throw new Error('Rust is missing')
  const target = targets().find(isInstalled) ?? ''
  const directory = path.join(REPOSITORY, 'target/agent-of-other-protocol')
  execFileSync(cargo, ['build', '--locked', '--quiet', '--profile', 'agent', '--package', 'cofferdam-agent', '--target', target, '--target-dir', directory], {
    cwd: REPOSITORY,
    env: { ...process.env, COFFERDAM_PROTOCOL_VERSION: '999', RUSTFLAGS: '-Ctarget-feature=+crt-static' },
    stdio: 'pipe',
  })
  return path.join(directory, target, 'agent/cofferdam-agent')
}

/** As in build.rs: musl where it is installed, else the host's C library. */
function targets(): string[] {
  const architecture = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch
  return [`${architecture}-unknown-linux-musl`, `${architecture}-unknown-linux-gnu`]
}

function isInstalled(target: string): boolean {
  const { stdout } = spawnSync('rustc', ['--print', 'target-libdir', '--target', target], { encoding: 'utf8' })
  return existsSync(stdout?.trim() ?? '')
}

/** Removes the agent's volumes of these builds when the test is over. */
export function cleanUpAgents(builds: string[]): void {
  cleanUp(async () => {
    for (const build of builds) await docker.getVolume(`cofferdam-agent-${build}`).remove().catch(() => {})
  })
}

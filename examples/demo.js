import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { doctor, DockerSandbox } from '../index.js'
import { commands } from './demo/commands.js'
import { isolation } from './demo/isolation.js'
import { limits } from './demo/limits.js'
import { heading, step } from './demo/report.js'
import { resume } from './demo/resume.js'

const options = { dataDir: await mkdtemp(join(tmpdir(), 'cofferdam-demo-')) }
const sandboxes = new DockerSandbox(options)

async function demo() {
  const { engine } = await doctor()
  if (engine) console.log(`cofferdam on ${engine.name} ${engine.version} (${engine.os}/${engine.arch})`)

  let alice, bob
  heading('Two conversations')
  await step('alice gets a container', async () => {
    alice = await sandboxes.getOrCreate('alice')
    const { image, memory, cpus, pids } = await alice.info()
    return (
      `${alice.containerId.slice(0, 12)} of ${image}: ${memory / 2 ** 20} MiB, ${cpus} CPUs, ${pids} processes\n` +
      `workspace: the ${alice.workspace.kind} ${alice.workspace.location}`
    )
  })
  await step('bob gets another', async () => {
    bob = await sandboxes.getOrCreate('bob')
    return bob.containerId.slice(0, 12)
  })
  await commands(alice)
  await isolation(alice, bob)
  await limits(alice)
  await resume(sandboxes, alice, options)
}

/** Removes the containers and files, also after a failure. */
async function cleanUp() {
  // Ends calls that are still under way.
  await sandboxes.close()
  const again = new DockerSandbox(options)
  try {
    for (const { id } of await again.list()) await again.remove(id, { workspace: true })
  } finally {
    await again.close()
    await rm(options.dataDir, { recursive: true, force: true })
  }
}

let ending, failure
const endOnce = () => (ending ??= cleanUp())
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
  process.once(signal, () => endOnce().finally(() => process.exit(code)))
}

const begun = performance.now()
try {
  await demo()
  heading('Clean-up')
  await step('both containers and their files are removed', endOnce)
  console.log(`\nAll steps succeeded in ${((performance.now() - begun) / 1000).toFixed(1)} s.`)
} catch (error) {
  process.exitCode = 1
  failure = error.message
  // After Ctrl-C, steps fail because their container is gone.
  if (!ending) console.error([`\n${error.message}`, error.hint].filter(Boolean).join('\n'))
} finally {
  await endOnce().catch((error) => {
    process.exitCode = 1
    // Without an engine there is nothing to clean up.
    if (error.message !== failure) console.error(`clean-up failed: ${error.message}`)
  })
}

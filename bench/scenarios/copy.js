import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { interleave } from '../support/interleave.js'
import { row, timesFaster } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { timed } from '../support/timed.js'

const MIB = 1024 * 1024
const WHAT = '2000 small files and 50 MB'

/** Copies a directory with many small files and a large one into a sandbox and out of it. */
export async function run({ cofferdam, dockerode, directory, progress, quick }) {
  const [project, out] = [join(directory, 'copy-project'), join(directory, 'copy-out')]
  await makeProject(project)
  const places = { cofferdam: await cofferdam.create(), dockerode: await dockerode.create() }
  const rounds = quick ? 2 : 5
  // Each copy has its own target, and none is deleted before the end. For minutes after a deletion, ext4 skips each recently deleted
  // inode when it creates a file (`recently_deleted`): with a few thousand of them, that costs 0.7 ms or more per file.
  let made = 0
  const measure = async (verb, copy) => {
    const contenders = Object.entries(places).map(([name, place]) => [name, { sample: timed(() => copy(place, `${verb}-${++made}`)), block: 2, warmup: 1 }])
    return summarizeAll(await interleave(Object.fromEntries(contenders), { rounds, pause: 100, progress: (text) => progress(`${verb}, ${text}`) }))
  }
  const into = await measure('in', (place, name) => place.copyTo(project, name))
  for (const [name, place] of Object.entries(places)) await verify(place, project, `${out}-${name}`)
  const from = await measure('out', (place, name) => place.copyFrom('project', `${out}-${name}`))
  await Promise.all(Object.values(places).map(({ remove }) => remove()))
  return Object.entries({ 'copy in': into, 'copy out': from }).map(([verb, results]) =>
    row({
      scenario: 'copy',
      what: `${verb} ${WHAT}`,
      results,
      checks: [timesFaster(results.cofferdam.p50, results.dockerode.p50, 1, 'dockerode')],
    }),
  )
}

async function makeProject(project) {
  for (let directory = 0; directory < 40; directory++) {
    const path = join(project, `package-${directory}`, 'lib')
    await mkdir(path, { recursive: true })
    for (let file = 0; file < 50; file++) await writeFile(join(path, `module-${file}.js`), randomBytes(1024 + 32 * file).toString('base64'))
  }
  // Random, so that nothing can compress it.
  await writeFile(join(project, 'data.bin'), randomBytes(50 * MIB))
}

/** Copies the project in and out, and compares. Leaves it in the sandbox for the next measurement. */
async function verify(place, project, out) {
  await place.copyTo(project, 'project')
  await place.copyFrom('project', out)
  const { status, stdout } = spawnSync('diff', ['-r', project, out], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the copy differs from the original: ${stdout}`)
}

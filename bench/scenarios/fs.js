import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { interleave } from '../support/interleave.js'
import { atMost, compared, row, timesAsLong } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'

const NAMES = 1000
const TREE = { directories: 100, files: 100, bytes: 5000 }

/** The file system of a sandbox beside commands that do the same. */
export async function run({ cofferdam, dockerode, directory, quick, progress }) {
  const [ours, theirs] = [await cofferdam.create(), await dockerode.create()]
  const { fs } = ours.sandbox
  for (const { exec } of [ours, theirs]) await exec(`mkdir many && cd many && seq ${NAMES} | xargs touch`)
  const rounds = quick ? 5 : 50
  const timed = async (contenders, count = rounds) => summarizeAll(await interleave(contenders, { rounds: count, progress }))
  const stat = await timed({ cofferdam: { sample: () => duration(() => fs.stat('many')) }, dockerode: { sample: () => duration(() => theirs.exec('stat many')) } })
  const list = await timed({ cofferdam: { sample: () => duration(() => fs.readdir('many')) }, dockerode: { sample: () => duration(() => theirs.exec('ls many')) } })
  await makeTree(join(directory, 'searched'))
  await ours.copyTo(join(directory, 'searched'), 'searched')
  const rows = [
    row({ scenario: 'fs', what: 'stat', results: stat, checks: [atMost(stat.cofferdam.p50, 0.2, 'p50 ≤ 0.2 ms'), compared(stat.cofferdam.p50, stat.dockerode.p50, 'dockerode')] }),
    row({ scenario: 'fs', what: `readdir of ${NAMES}`, results: list, checks: [atMost(list.cofferdam.p50, 3, 'p50 ≤ 3 ms'), compared(list.cofferdam.p50, list.dockerode.p50, 'dockerode')] }),
  ]
  // Only some images have it.
  if ((await ours.exec('command -v rg')).exitCode === 0) {
    const search = (call, command) => timed({ cofferdam: { sample: () => duration(call) }, ripgrep: { sample: () => duration(() => ours.exec(command)) } }, quick ? 3 : 20)
    const grep = await search(() => fs.grep('needle', { path: 'searched' }), 'rg -n needle searched')
    const glob = await search(() => fs.glob('**/*7.txt', { cwd: 'searched' }), "rg --files -g '**/*7.txt' searched")
    for (const [what, results] of [['grep in 10,000 files of 50 MB', grep], ['glob over 10,000 files', glob]]) {
      rows.push(row({ scenario: 'fs', what, results, checks: [timesAsLong(results.cofferdam.p50, results.ripgrep.p50, 1.2, 'ripgrep by exec')] }))
    }
  }
  await Promise.all([ours.remove(), theirs.remove()])
  return rows
}

async function duration(call) {
  const begun = performance.now()
  await call()
  return performance.now() - begun
}

async function makeTree(top) {
  const line = 'nothing to see in this line of an ordinary source file\n'
  const text = line.repeat(Math.ceil(TREE.bytes / line.length)).slice(0, TREE.bytes)
  for (let one = 0; one < TREE.directories; one++) {
    const directory = join(top, `d${one}`)
    await mkdir(directory, { recursive: true })
    await Promise.all(Array.from({ length: TREE.files }, (_unused, file) => writeFile(join(directory, `f${file}.txt`), file === 50 ? `${text}needle\n` : text)))
  }
}

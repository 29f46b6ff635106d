import { fork } from 'node:child_process'
import { once } from 'node:events'
import { interleave } from '../support/interleave.js'
import { atMost, compared, row } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'

const PROCESS = new URL('../support/flood-process.js', import.meta.url)

/** A command that prints 200 MB: cofferdam keeps 100 KiB of it, the others everything. */
export async function run({ cofferdam, dockerode, address, directory, quick, progress }) {
  const [ours, theirs] = [await cofferdam.create(), await dockerode.create()]
  const places = { cofferdam: ours.name, dockerode: theirs.id, child_process: '' }
  const grown = Object.fromEntries(Object.keys(places).map((name) => [name, []]))
  const contenders = Object.entries(places).map(([name, place]) => {
    const sample = async () => {
      const { ms, grownMiB } = await flood(name, address, directory, place)
      grown[name].push(grownMiB)
      return ms
    }
    return [name, { sample }]
  })
  const samples = await interleave(Object.fromEntries(contenders), { rounds: quick ? 3 : 9, progress })
  await Promise.all([ours.remove(), theirs.remove()])
  const time = summarizeAll(samples)
  const memory = summarizeAll(grown)
  return [
    row({
      scenario: 'flood',
      what: 'a command prints 200 MB, 100 KiB kept',
      results: time,
      checks: [atMost(time.cofferdam.p50, 250, 'p50 ≤ 250 ms'), compared(time.cofferdam.p50, time.dockerode.p50, 'dockerode')],
    }),
    row({
      scenario: 'flood',
      what: 'peak growth of host memory meanwhile',
      unit: 'MiB',
      results: memory,
      // The limit applies to the largest growth observed.
      checks: [atMost(Math.max(...grown.cofferdam), 8, 'max ≤ 8 MiB')],
    }),
  ]
}

async function flood(...args) {
  const child = fork(PROCESS, args, { execArgv: ['--expose-gc'] })
  const exited = once(child, 'exit')
  let result
  child.on('message', (message) => {
    result = message
  })
  const [code] = await exited
  if (code !== 0 || !result) throw new Error(`the flood process for ${args[0]} exited with code ${code}`)
  return result
}

import { randomBytes } from 'node:crypto'
import { interleave } from './interleave.js'
import { summarizeAll } from './statistics.js'
import { timed } from './timed.js'

/**
 * Writes and reads a file of the given size with both contenders.
 *
 * @param blocks contender → calls per turn
 * @returns the summaries `{ write, read }`
 */
export async function measureFiles({ cofferdam, dockerode, progress }, { size, rounds, pause, blocks }) {
  const places = { cofferdam: await cofferdam.create(), dockerode: await dockerode.create() }
  // Random, so that nothing can compress it.
  const data = randomBytes(size)
  const measure = async (verb, call) => {
    const contenders = Object.entries(places).map(([name, place]) => [
      name,
      { sample: timed(() => call(place)), block: blocks[name], warmup: 1 },
    ])
    return summarizeAll(
      await interleave(Object.fromEntries(contenders), { rounds, pause, progress: (text) => progress(`${verb}, ${text}`) }),
    )
  }
  const write = await measure('write', (place) => place.writeFile('file', data))
  for (const place of Object.values(places)) await verify(place, data)
  const read = await measure('read', (place) => place.readFile('file'))
  await Promise.all(Object.values(places).map(({ remove }) => remove()))
  return { write, read }
}

/** Checks that the file is read as it was written. */
async function verify(place, data) {
  const read = await place.readFile('file')
  if (!data.equals(read)) throw new Error('the file was not read as it was written')
}

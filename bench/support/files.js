import { randomBytes } from 'node:crypto'
import { interleave } from './interleave.js'
import { summarizeAll } from './statistics.js'
import { timed } from './timed.js'

/**
 * Writes and reads one file of a size with both contenders.
 *
 * @param blocks how many calls a turn has, by contender
 * @returns the summaries `{ write, read }`
 */
export async function measureFiles({ cofferdam, dockerode, progress }, { size, rounds, pause, blocks }) {
  const places = { cofferdam: await cofferdam.create(), dockerode: await dockerode.create() }
  // Random, so that nothing on the way can be clever about it.
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

/** What was written is what is read: a fast copy of something else is no result. */
async function verify(place, data) {
  const read = await place.readFile('file')
  if (!data.equals(read)) throw new Error('the file that was read is not the one that was written')
}

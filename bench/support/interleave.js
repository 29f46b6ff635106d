import { sleep } from './sleep.js'

/** What the engine still does after a call (tidying up after runc, mostly) must not be counted as the next contender's. */
const SETTLE = 150

/**
 * Lets contenders take turns, so that what else the machine does hits all of them alike.
 *
 * A turn is a block of calls and not a single one: right after another contender's turn the caches are cold, and what
 * is measured then is the change of turns. The first calls of a turn are therefore not counted.
 *
 * @param contenders name → `{ sample, block, warmup }`; `sample` resolves to one figure
 * @param rounds turns for each
 * @param pause milliseconds between two calls
 * @returns name → figures
 */
export async function interleave(contenders, { rounds, pause = 0, settle = SETTLE, progress }) {
  const names = Object.keys(contenders)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    // Who comes first changes, so that nobody always follows the same one.
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]
      progress(`round ${round + 1} of ${rounds}: ${name}`)
      await sleep(settle)
      samples[name].push(...(await takeTurn(contenders[name], pause)))
    }
  }
  return samples
}

async function takeTurn({ sample, block = 1, warmup = 0 }, pause) {
  const samples = []
  for (let index = -warmup; index < block; index++) {
    const figure = await sample()
    if (index >= 0) samples.push(figure)
    if (pause) await sleep(pause)
  }
  return samples
}

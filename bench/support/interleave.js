import { sleep } from './sleep.js'

/** Milliseconds before each turn, so that the engine's tidying up (mostly after runc) does not count for the next contender. */
const SETTLE = 150

/**
 * Lets contenders take turns, so that other load on the machine affects all of them equally.
 *
 * A turn is a block of calls: right after another contender's turn the caches are cold, so the first calls of a turn are a
 * warm-up that does not count.
 *
 * @param contenders name → `{ sample, block, warmup }`; `sample` resolves to one figure
 * @param rounds turns per contender
 * @param pause milliseconds between two calls
 * @returns name → figures
 */
export async function interleave(contenders, { rounds, pause = 0, settle = SETTLE, progress }) {
  const names = Object.keys(contenders)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    // Rotate the order, so that no contender always follows the same one.
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

// Prints how many times slower than a plain machine this one is, at least 1: the factor for every time limit of the suite.
//
// Measured by what the tests do most, starting programs: a shell that starts 20 others, and Node. A plain machine is one with Linux on real
// hardware or in a virtual machine that is not emulated.
import { spawnSync } from 'node:child_process'

const SHELLS = { command: ['sh', ['-c', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sh -c true; sh -c true & wait; done']], plain: 50 }
const NODE = { command: [process.execPath, ['-e', '0']], plain: 60 }

function slowness({ command, plain }) {
  const times = Array.from({ length: 5 }, () => {
    const begun = performance.now()
    spawnSync(...command)
    return performance.now() - begun
  })
  return times.sort((one, other) => one - other)[2] / plain
}

console.log(Math.max(1, (slowness(SHELLS) + slowness(NODE)) / 2).toFixed(1))

/**
 * `child_process` as a server of ordinary size has it: Node forks, and a fork copies the page tables of all that is
 * resident. Answers each message with how long one command took, in milliseconds.
 */
import { echo } from './echo.js'
import { hostExec } from './host.js'
import { status } from './memory.js'
import { timed } from './timed.js'

const RESIDENT_MIB = 192
const PIECE_MIB = 16

// Touched, so that it is resident; held, so that it stays.
const ballast = []
while (status('self', 'VmRSS') < RESIDENT_MIB) ballast.push(Buffer.alloc(PIECE_MIB * 2 ** 20, 1))

const sample = timed(() => echo(hostExec))
process.on('message', async () => process.send({ ms: await sample(), pieces: ballast.length }))

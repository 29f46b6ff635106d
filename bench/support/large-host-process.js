/**
 * Measures `child_process` in a process the size of an ordinary server, because forking copies the page tables of all resident
 * memory. Answers each message with the duration of one command, in milliseconds.
 */
import { echo } from './echo.js'
import { hostExec } from './host.js'
import { status } from './memory.js'
import { timed } from './timed.js'

const RESIDENT_MIB = 192
const PIECE_MIB = 16

// Written to, so that it becomes resident, and referenced, so that it stays.
const ballast = []
while (status('self', 'VmRSS') < RESIDENT_MIB) ballast.push(Buffer.alloc(PIECE_MIB * 2 ** 20, 1))

const sample = timed(() => echo(hostExec))
process.on('message', async () => process.send({ ms: await sample(), pieces: ballast.length }))

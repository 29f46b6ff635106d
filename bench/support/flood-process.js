/**
 * One flood in a separate process, so that its memory can be measured. Started by `flood.js` with the contender, the
 * engine's address, a directory and the place's name; sends `{ ms, grownMiB }`.
 */
import { Cleanup } from './cleanup.js'
import { Cofferdam } from './cofferdam.js'
import { Dockerode } from './dockerode.js'
import { echo } from './echo.js'
import { hostExec } from './host.js'
import { peakGrowth } from './memory.js'
import { timed } from './timed.js'

const BYTES = 200_000_000
const [contender, address, directory, place] = process.argv.slice(2)
const cleanup = new Cleanup()

const CONTENDERS = {
  cofferdam: async () => (await new Cofferdam(address, directory, cleanup).open(place)).exec,
  dockerode: async () => new Dockerode(address, directory, cleanup).open(place).exec,
  child_process: async () => hostExec,
}

// End together with the bench.
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)
try {
  const exec = await CONTENDERS[contender]()
  // The first call connects and loads code.
  await echo(exec)
  const flood = timed(async () => {
    const { stdout, stdoutBytes = stdout.length } = await exec(`head -c ${BYTES} /dev/zero`)
    if (stdoutBytes !== BYTES) throw new Error(`received ${stdoutBytes} of ${BYTES} bytes`)
  })
  let ms
  const grownMiB = await peakGrowth(async () => {
    ms = await flood()
  })
  await new Promise((sent) => process.send({ ms, grownMiB }, sent))
} finally {
  await cleanup.run()
}
process.off('disconnect', orphaned)
process.disconnect()

import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { clients, container } from '../support/containers.js'
import { interleave } from '../support/interleave.js'
import { row, timesAsLong } from '../support/row.js'
import { summarizeAll } from '../support/statistics.js'
import { pack } from '../support/tar.js'
import { timed } from '../support/timed.js'

const FILE = 50 * 2 ** 20

/** The files of a build's context, and the size of each. */
const FILES = 100
const FILE_OF_CONTEXT = 2 ** 20

/** How much longer a call may take than dockerode's: the engine's own share varies by as much. */
const NOISE = 1.1

/** Archives of containers and images, as streams from and to files, and a build. */
export async function run({ address, directory, cleanup, quick, progress }) {
  const { manager, docker } = clients(address, cleanup)
  const made = await container(docker, cleanup, ['sleep', 'infinity'])
  const archive = join(directory, 'file.tar')
  await writeFile(archive, pack('file', randomBytes(FILE)))
  const context = await newContext(directory)
  const tag = (name) => {
    const image = `cofferdam-bench-${name}-${process.pid}:1`
    cleanup.defer(() => docker.getImage(image).remove({ force: true }).catch(() => {}))
    return image
  }
  const [built, other] = [tag('ours'), tag('theirs')]
  const images = join(directory, 'images.tar')
  const out = () => createWriteStream(join(directory, 'out.tar'))
  const rounds = quick ? 1 : 7

  const compare = async (what, ours, theirs) => {
    const contenders = { cofferdam: { sample: timed(ours), warmup: 1 }, dockerode: { sample: timed(theirs), warmup: 1 } }
    const results = summarizeAll(await interleave(contenders, { rounds, progress: (text) => progress(`${what}, ${text}`) }))
    return row({ scenario: 'archives', what, results, checks: [timesAsLong(results.cofferdam.p50, results.dockerode.p50, NOISE, 'dockerode')] })
  }
  const rows = [
    await compare('put an archive of 50 MB', () => manager.putArchive(made.id, '/tmp', createReadStream(archive)), () => made.made.putArchive(archive, { path: '/tmp' })),
    await compare(
      'get an archive of 50 MB',
      () => pipeline(manager.getArchive(made.id, '/tmp/file'), out()),
      async () => pipeline(await made.made.getArchive({ path: '/tmp/file' }), out()),
    ),
    await compare(
      'build from a context of 100 MB',
      () => manager.buildImage(context, { tags: [built], noCache: true }),
      async () => followed(docker, await docker.buildImage({ context, src: ['.'] }, { t: other, nocache: true })),
    ),
    await compare('save an image of 100 MB', () => pipeline(manager.saveImages(built), createWriteStream(images)), async () => pipeline(await docker.getImage(built).get(), createWriteStream(images))),
    await compare('load an image of 100 MB', () => manager.loadImages(createReadStream(images)), async () => followed(docker, await docker.loadImage(images, { quiet: false }))),
  ]
  await made.remove()
  return rows
}

async function newContext(directory) {
  const context = join(directory, 'context')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY . /\n')
  for (let index = 0; index < FILES; index++) await writeFile(join(context, `file-${index}`), randomBytes(FILE_OF_CONTEXT))
  return context
}

/** Waits for the end of a stream of progress. */
function followed(docker, stream) {
  return new Promise((resolve, reject) => docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())))
}

import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { docker } from './docker.ts'
import { cleanUp } from './sandboxes.ts'
import { tar } from './tar.ts'

/** The last build step of the project's Dockerfiles. */
export const OUR_LABEL = '/bin/sh -c #(nop)  LABEL cofferdam.image=x'

/** Loads an image without a name, with these steps in its history, and returns its id. */
export async function unnamedImage(labels: Record<string, string>, created: Date, steps: string[] = []): Promise<string> {
  const mark = randomUUID()
  const history = steps.map((step) => ({ created: created.toISOString(), created_by: step, empty_layer: true }))
  const config = { architecture: 'amd64', os: 'linux', created: created.toISOString(), config: { Labels: { ...labels, mark } }, history, rootfs: { type: 'layers', diff_ids: [] } }
  const archive = tar({ 'config.json': JSON.stringify(config), 'manifest.json': JSON.stringify([{ Config: 'config.json', RepoTags: null, Layers: [] }]) })
  const answer = await docker.loadImage(Readable.from([archive]))
  await new Promise((resolve, reject) => answer.on('end', resolve).on('error', reject).resume())
  const [image] = await docker.listImages({ all: true, filters: { label: [`mark=${mark}`] } })
  if (!image) throw new Error('the image was not loaded')
  cleanUp(() => docker.getImage(image.Id).remove({ force: true }).catch(() => {}))
  return image.Id
}

import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { docker } from './docker.ts'
import { temporaryDirectory } from './fake-engine.ts'
import { cleanUp } from './sandboxes.ts'

/** A name that is removed afterwards with the image. */
export function name(): string {
  const made = `cofferdam-test-${randomUUID()}:1`
  cleanUp(() => docker.getImage(made).remove({ force: true }).catch(() => {}))
  return made
}

/** A directory with these files. */
export function context(files: Record<string, string>): string {
  const directory = temporaryDirectory()
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
    writeFileSync(path.join(directory, file), content)
  }
  return directory
}

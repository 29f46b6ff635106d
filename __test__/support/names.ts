import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The digits that name a sandbox's container, volume and disk image. */
export function digitsOf(dataDir: string, id: string): string {
  const secret = readFileSync(path.join(dataDir, '.cofferdam', 'secret'))
  return createHmac('sha256', secret).update(id).digest('hex').slice(0, 20)
}

/** The name of a sandbox's container and volume. */
export function nameOf(dataDir: string, id: string): string {
  return `cofferdam-${digitsOf(dataDir, id)}`
}

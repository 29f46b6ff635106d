import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { digitsOf } from './names.ts'

/** Whether this process may mount disks. Otherwise limits are soft. */
export const MOUNTS = process.getuid?.() === 0 && existsSync('/dev/loop-control') && spawnSync('losetup', ['-f']).status === 0

/** The image file of a sandbox's disk. */
export function imageOf(dataDir: string, id: string): string {
  return path.join(dataDir, '.cofferdam', 'disks', `${digitsOf(dataDir, id)}.img`)
}

/** The mount points below a directory, innermost first. */
export function mountsBelow(directory: string): string[] {
  const places = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '')
  return places.map(unescape).filter((place) => place.startsWith(`${directory}/`)).reverse()
}

/** The loop devices whose file is, or was, below a directory. */
export function loopDevicesBelow(directory: string): string[] {
  return readdirSync('/sys/block').filter((name) => {
    const file = path.join('/sys/block', name, 'loop/backing_file')
    return existsSync(file) && readText(file).startsWith(`${directory}/`)
  })
}

/** Unmounts everything below a directory. */
export function unmountBelow(directory: string): void {
  for (const place of mountsBelow(directory)) spawnSync('umount', ['-l', place])
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // The device has just been released.
    return ''
  }
}

/** Decodes the octal escapes that the kernel uses for special characters. */
function unescape(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

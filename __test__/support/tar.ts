/** A tar archive of these files. */
export function tar(files: Record<string, string | Buffer>): Buffer {
  const entries = Object.entries(files).flatMap(([name, content]) => entry(name, Buffer.from(content)))
  return Buffer.concat([...entries, Buffer.alloc(1024)])
}

function entry(name: string, content: Buffer): Buffer[] {
  const head = Buffer.alloc(512)
  head.write(name, 0)
  head.write('0000644\0', 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0', 136)
  head.write('        ', 148)
  head.write('0', 156)
  head.write('ustar\u000000', 257)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)]
}

/** The paths in an archive, sorted, each byte as one character; directories without their final slash. */
export function names(archive: Buffer): string[] {
  const found: string[] = []
  let long: string | undefined
  for (let at = 0; at + 512 <= archive.length && archive[at + 156] !== 0; ) {
    const text = (from: number, length: number) => archive.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = parseInt(text(124, 12), 8)
    const type = text(156, 1)
    const content = archive.toString('latin1', at + 512, at + 512 + size)
    if (type === 'L') long = content.replace(/\0+$/, '')
    else if (type === 'x') long = /\d+ path=(.*)\n/.exec(content)?.[1]
    else if (type !== 'g') {
      const prefix = text(257, 6) === 'ustar' && text(345, 155) ? `${text(345, 155)}/` : ''
      found.push((long ?? prefix + text(0, 100)).replace(/\/$/, ''))
      long = undefined
    }
    at += 512 + Math.ceil(size / 512) * 512
  }
  return found.sort()
}

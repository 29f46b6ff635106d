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

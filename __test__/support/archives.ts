const BLOCK = 512

/** An entry of a tar archive, written without any checks. */
export interface ArchiveEntry {
  name?: string
  /** The type: `'0'` a file, `'1'` a hard link, `'2'` a symbolic link, `'5'` a directory, … */
  type?: string
  /** The target of a link. */
  target?: string
  content?: string | Buffer
  mode?: number
  /** The size in the header. Default: the size of the content. */
  size?: number | Buffer
  /** Keys and values of a pax header before the entry. */
  pax?: Record<string, string>
}

/** A tar archive of these entries. */
export function tarOf(...entries: ArchiveEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocks), Buffer.alloc(2 * BLOCK)])
}

function blocks({ name = 'file', type = '0', target = '', content = '', mode = 0o644, size, pax }: ArchiveEntry): Buffer[] {
  const data = Buffer.from(content)
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0, 100)
  writeOctal(header, mode, 100, 8)
  writeOctal(header, 0, 108, 8)
  writeOctal(header, 0, 116, 8)
  if (Buffer.isBuffer(size)) size.copy(header, 124)
  else writeOctal(header, size ?? data.length, 124, 12)
  writeOctal(header, 1_700_000_000, 136, 12)
  header.write(type, 156)
  header.write(target, 157, 100)
  header.write('ustar\x0000', 257)
  // The checksum is computed with its own field as spaces.
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)
  const before = pax ? blocks({ name: 'pax', type: 'x', content: Object.entries(pax).map(record).join('') }) : []
  return [...before, header, data, padding]
}

function record([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`
  const length = (digits: number) => digits + Buffer.byteLength(rest)
  let digits = 1
  while (String(length(digits)).length !== digits) digits += 1
  return `${length(digits)}${rest}`
}

function writeOctal(header: Buffer, value: number, offset: number, width: number): void {
  header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset)
}

import { Directory } from './file-tree.js'

/** What is known of files and directories beside their content. Contents are replaced, never changed. */
const known = new WeakMap()
let inodes = 0

/** The metadata of a file or a directory. */
export function metadata(node) {
  let found = known.get(node)
  if (!found) {
    const now = Date.now()
    found = { ino: ++inodes, permissions: node instanceof Directory ? 0o755 : 0o644, atimeMs: now, mtimeMs: now, ctimeMs: now, birthtimeMs: now }
    known.set(node, found)
  }
  return found
}

/** Gives new content what is known of the old one. */
export function replaced(old, content, mode) {
  const now = Date.now()
  const before = old === undefined ? { ...metadata(content), permissions: mode } : metadata(old)
  known.set(content, { ...before, mtimeMs: now, ctimeMs: now })
  return content
}

/** What a file or a directory is, as the addon tells it. */
export function described(node, user) {
  const { permissions, ...rest } = metadata(node)
  const [uid, gid] = user.split(':').map(Number)
  const isDirectory = node instanceof Directory
  const size = isDirectory ? 4096 : node.length
  return { dev: 1, mode: (isDirectory ? 0o040000 : 0o100000) | permissions, nlink: isDirectory ? 2 : 1, uid, gid, rdev: 0, size, blksize: 4096, blocks: Math.ceil(size / 4096) * 8, ...rest }
}

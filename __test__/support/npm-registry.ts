import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { cleanUp } from './sandboxes.ts'

/**
 * An npm registry on loopback with the packages in a directory. It redirects requests for other packages to the registry that npm
 * is configured with. Without a directory, it has none of our packages. `sent` returns the bytes of packages it has served.
 */
export async function npmRegistry(directory?: string): Promise<{ url: string; sent: () => number }> {
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim().replace(/\/$/, '')
  const files = directory ? readdirSync(directory).map((file) => path.join(directory, file)) : []
  const tarballs = new Map(files.map((file) => [`/-/${path.basename(file)}`, file]))
  const packages = new Map(files.map((file) => [`/${manifestOf(file).name}`, file]))
  let sent = 0
  const server = createServer(({ url = '', headers }, response) => {
    // Keep the packages out of npm's cache, which outlives the test.
    response.setHeader('Cache-Control', 'no-store')
    const [tarball, file] = [tarballs.get(url), packages.get(url)]
    if (tarball) {
      const content = readFileSync(tarball)
      sent += content.length
      response.end(content)
    } else if (file) {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(packument(file, `http://${headers.host}/-/${path.basename(file)}`)))
    } else if (url.startsWith('/cofferdam')) {
      response.writeHead(404).end('{}')
    } else {
      response.writeHead(302, { Location: upstream + url }).end()
    }
  }).listen(0, '127.0.0.1')
  cleanUp(() => void server.close())
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sent: () => sent }
}

interface Manifest {
  name: string
  version: string
}

function manifestOf(tarball: string): Manifest {
  return JSON.parse(execFileSync('tar', ['--extract', '--to-stdout', '--file', tarball, 'package/package.json'], { encoding: 'utf8' })) as Manifest
}

/** A registry's metadata of a package. */
function packument(tarball: string, url: string): object {
  const manifest = manifestOf(tarball)
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  return {
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist: { tarball: url, integrity } } },
  }
}

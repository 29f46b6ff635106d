import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryDirectory } from './fake-engine.ts'

/** The files of a certificate and its key. */
export interface Certificate {
  cert: string
  key: string
}

/** A certificate authority and certificates it has signed, as files. */
export interface Authority {
  directory: string
  ca: string
  /** For 127.0.0.1 and localhost. */
  server: Certificate
  client: Certificate
  /** Signs another certificate. With negative `days`, it has expired. */
  sign(whose: string, extensions: string, days?: number): Certificate
}

function openssl(directory: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${error?.message ?? stderr}`)
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** A new authority, in a directory that DOCKER_CERT_PATH can name: with ca.pem, cert.pem and key.pem. */
export function newAuthority(name: string): Authority {
  const directory = temporaryDirectory()
  const file = (name: string) => path.join(directory, name)
  openssl(directory, 'req', '-x509', ...NEW_KEY, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', `/CN=${name}`)
  const sign = (whose: string, extensions: string, days = 2): Certificate => {
    const [cert, key] = whose === 'client' ? ['cert.pem', 'key.pem'] : [`${whose}.pem`, `${whose}-key.pem`]
    writeFileSync(file(`${whose}.cnf`), `basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n${extensions}\n`)
    openssl(directory, 'req', '-new', ...NEW_KEY, '-keyout', key, '-out', `${whose}.csr`, '-subj', `/CN=test ${whose}`)
    openssl(directory, 'x509', '-req', '-in', `${whose}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-out', cert, '-days', String(days), '-extfile', `${whose}.cnf`)
    return { cert: file(cert), key: file(key) }
  }
  const server = sign('server', 'extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,DNS:localhost')
  const client = sign('client', 'extendedKeyUsage=clientAuth')
  return { directory, ca: file('ca.pem'), server, client, sign }
}

/** The engine's own answers, without the package that is being tested. */
import { request } from 'node:http'

const SOCKET = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', '')

/** Sends a request and returns the answer's status and JSON. */
export function engine(method, url) {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: SOCKET, method, path: url }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk)).once('error', reject).once('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode, body: /^[[{]/.test(text) ? JSON.parse(text) : text })
      })
    })
    sent.once('error', reject).end()
  })
}

/** Names of all that the engine has, by kind. */
export async function inventory() {
  const [containers, networks, volumes] = await Promise.all([
    engine('GET', '/containers/json?all=1'),
    engine('GET', '/networks'),
    engine('GET', '/volumes'),
  ])
  return {
    containers: containers.body.map(({ Names }) => Names[0]).sort(),
    networks: networks.body.map(({ Name }) => Name).sort(),
    volumes: (volumes.body.Volumes ?? []).map(({ Name }) => Name).sort(),
  }
}

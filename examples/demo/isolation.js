import { check, heading, step, succeeded } from './report.js'

const PORT = 8000
/** curl's exit codes for a refused connection and for a timeout. */
const UNREACHABLE = [7, 28]
const fetch = (address) => `curl --silent --show-error --connect-timeout 1 http://${address}:${PORT}/data/sales.csv`

/** Conversations cannot see each other's files, processes or servers. */
export async function isolation(alice, bob) {
  heading('Isolation between conversations')
  await step("bob cannot see alice's files", async () => {
    const { exitCode, stderr } = await bob.exec('cat data/sales.csv')
    check(exitCode === 1, `exit code ${exitCode}`)
    return stderr.trim()
  })
  await step("bob cannot see alice's processes", async () => {
    succeeded(await alice.exec('sleep 60 & echo started'))
    const processes = succeeded(await bob.exec('ps -eo args'))
    check(!processes.includes('sleep 60'), processes)
  })
  const address = succeeded(await alice.exec('hostname -I')).trim()
  await step('alice starts a server in the background and reaches it', async () => {
    succeeded(await alice.exec(`python3 -m http.server ${PORT} >server.log 2>&1 &`))
    // The server needs a moment to start.
    const page = succeeded(await alice.exec(`for i in {1..50}; do ${fetch(address)} 2>/dev/null && exit; sleep 0.05; done; exit 1`))
    check(page.startsWith('city,amount'), page)
    return `http://${address}:${PORT} serves sales.csv to alice`
  })
  await step('bob cannot reach it (this waits for a second)', async () => {
    const { exitCode, stdout, stderr } = await bob.exec(fetch(address))
    check(UNREACHABLE.includes(exitCode) && stdout === '', `exit code ${exitCode}: ${stdout}`)
    return stderr.trim()
  })
  await step('commands run without privileges', async () => {
    const status = succeeded(await bob.exec("id -u; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status"))
    const [uid, ...lines] = status.split('\n')
    check(uid !== '0' && /CapEff:\s+0{16}/.test(status) && /NoNewPrivs:\s+1/.test(status), status)
    return [`uid ${uid}`, ...lines].map((line) => line.replace(/\s+/g, ' ')).join(', ')
  })
}

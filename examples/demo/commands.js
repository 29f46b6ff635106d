import { check, heading, step, succeeded } from './report.js'

const TIMES = 20

const SALES = `city,amount
Oslo,120
Lima,80
Oslo,60
Lima,90
Kyoto,200
`

const SUMMARY = `import csv, json, statistics
from collections import defaultdict
cities = defaultdict(list)
with open('data/sales.csv') as file:
    for row in csv.DictReader(file):
        cities[row['city']].append(float(row['amount']))
summary = {city: {'total': sum(v), 'mean': statistics.mean(v)} for city, v in sorted(cities.items())}
with open('summary.json', 'w') as file:
    json.dump(summary, file)
print(json.dumps(summary))
`

/** Commands and files, which models ask for most. */
export async function commands(alice) {
  heading('Commands and files')
  await step('the first command', async () => succeeded(await alice.exec('id -un; pwd')))
  await step(`exec('echo hi') ${TIMES} times, one after another`, async () => {
    const times = []
    for (let time = 0; time < TIMES; time++) {
      const begun = performance.now()
      check(succeeded(await alice.exec('echo hi')) === 'hi', 'echo should print hi')
      times.push(performance.now() - begun)
    }
    return `${times.sort((a, b) => a - b)[TIMES / 2].toFixed(2)} ms each (median)`
  })
  await step('Python prints its version', async () => {
    const version = succeeded(await alice.exec('python3 --version'))
    check(version.startsWith('Python 3'), version)
    return version
  })
  await step('Node.js computes a sum', async () => {
    const sum = succeeded(await alice.exec(`node -p "[1, 2, 3].map((n) => n ** 2).reduce((a, b) => a + b)"`))
    check(sum === '14', sum)
    return `1² + 2² + 3² = ${sum}`
  })
  await step('a file is written and its directory created', () => alice.writeFile('data/sales.csv', SALES))
  await step('a Python script on standard input reads it and writes another file', async () => {
    return succeeded(await alice.exec(['python3', '-'], { stdin: SUMMARY }))
  })
  await step('the result is read', async () => {
    const { Oslo } = JSON.parse(await alice.readFile('summary.json'))
    check(Oslo.total === 180 && Oslo.mean === 90, JSON.stringify(Oslo))
    return `Oslo: total ${Oslo.total}, mean ${Oslo.mean}`
  })
  await step('a command that fails is a result, not an error', async () => {
    const { exitCode, stderr } = await alice.exec('ls nowhere')
    check(exitCode === 2 && stderr.includes('nowhere'), stderr)
    return `exit code ${exitCode}, ${stderr.trim()}`
  })
}

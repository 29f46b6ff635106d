import { parseArgs } from 'node:util'

export async function run(args) {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' }, 'data-dir': { type: 'string' } } })
  const { doctor } = await import('../../index.js')
  const report = await doctor({ dataDir: values['data-dir'] })
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : told(report))
  return report.ok ? 0 : 1
}

/** A report for people. */
function told({ ok, engine, tried, problems }) {
  const found = engine ? [`engine: ${engine.name ?? 'unknown'} ${engine.version ?? ''} at ${engine.address} (${engine.source})`] : ['engine: none found; tried:', ...tried.map(({ address, source }) => `  ${address} (${source})`)]
  const wrong = problems.flatMap(({ message, hint }) => [`problem: ${message}`, ...(hint ? [`  ${hint}`] : [])])
  return [...found, ...wrong, ok ? 'sandboxes can be created' : 'sandboxes cannot be created', ''].join('\n')
}

// Converts the ES modules of the package to CommonJS, file by file, into cjs. `npm run build` and the packing of the packages do it.
//
//   node scripts/commonjs.js
//
// Node requires ES modules itself; this is for tools with a `require` of their own, such as jest.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ts } from 'ts-morph'

const root = resolve(import.meta.dirname, '..')

/** What stays an ES module: Nuxt imports its modules. */
const LEFT_OUT = /^js\/nuxt\//

/** Writes them into a directory, in place of what it holds. */
export function commonjs(directory) {
  const sources = readdirSync(join(root, 'js'), { recursive: true, encoding: 'utf8' }).map((file) => join('js', file))
  const modules = ['index.js', ...sources].filter((file) => file.endsWith('.js') && !LEFT_OUT.test(file))
  rmSync(directory, { recursive: true, force: true })
  for (const file of modules) {
    const target = join(directory, file)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, converted(readFileSync(join(root, file), 'utf8')))
  }
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n')
}

function converted(source) {
  // The files are one directory deeper than their sources.
  const moved = source.replaceAll('import.meta.url', '__filename').replaceAll("'../../native.cjs'", "'../../../native.cjs'")
  const { outputText } = ts.transpileModule(moved, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true } })
  return outputText
}

if (process.argv[1] === fileURLToPath(import.meta.url)) commonjs(join(root, 'cjs'))

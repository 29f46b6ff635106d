/**
 * Generates docs/api.md from index.d.ts: every export with its documentation, in source order.
 *
 *   node scripts/api-reference.js           writes docs/api.md
 *   node scripts/api-reference.js --check   fails if docs/api.md is out of date
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { ts } from 'ts-morph'

const SOURCE = new URL('../index.d.ts', import.meta.url)
const TARGET = new URL('../docs/api.md', import.meta.url)

/** Headings of the tags that are shown. */
const LABELS = { default: 'Default', throws: 'Throws' }

const file = ts.createSourceFile('index.d.ts', readFileSync(SOURCE, 'utf8'), ts.ScriptTarget.Latest, true)
const declarations = file.statements.filter((statement) => ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))

const reference = [
  '# API reference',
  '<!-- Generated from index.d.ts by scripts/api-reference.js. -->',
  introduction(),
  contents(),
  ...declarations.flatMap(section),
].join('\n\n')

if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== `${reference}\n`) {
    console.error('docs/api.md is out of date; run: node scripts/api-reference.js')
    process.exitCode = 1
  }
} else {
  writeFileSync(TARGET, `${reference}\n`)
}

/** The comment at the top of the file. */
function introduction() {
  const [, comment = ''] = file.text.match(/^\/\*\*\n([^]*?)\n \*\//) ?? []
  return comment.replace(/^ \* ?/gm, '')
}

function contents() {
  const kinds = { Classes: ts.isClassDeclaration, Functions: ts.isFunctionDeclaration, Types: (node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) }
  return Object.entries(kinds)
    .map(([kind, is]) => `${kind}: ${declarations.filter(is).map((node) => `[${node.name.text}](#${node.name.text.toLowerCase()})`).join(', ')}`)
    .join('\n\n')
}

function section(node) {
  const heading = `## ${node.name.text}`
  if (ts.isClassDeclaration(node)) return [heading, code(head(node)), ...described(node), ...methods(node)]
  if (ts.isInterfaceDeclaration(node)) return [heading, code(head(node)), ...described(node), ...list(node.members)]
  return [heading, code(signature(node)), ...described(node)]
}

/** A declaration without its members. */
function head(node) {
  return signature(node).split('{', 1)[0].trim()
}

/** One section per method; overloads share one. */
function methods({ members }) {
  const groups = new Map()
  for (const member of members) {
    const name = ts.isConstructorDeclaration(member) ? 'constructor' : member.name.getText()
    groups.set(name, [...(groups.get(name) ?? []), member])
  }
  return [...groups].flatMap(([name, overloads]) => [`### ${name.replace(/^\[(.*)\]$/, '$1')}`, code(overloads.map(signature).join('\n')), ...overloads.flatMap(described)])
}

function list(members) {
  return members.length > 0 ? [members.map((member) => item(member, '')).join('\n')] : []
}

/** One property, followed by the properties of an inline object type. */
function item(member, indent) {
  const inner = member.type && ts.isTypeLiteralNode(member.type) ? member.type.members : undefined
  const text = inner ? `${member.name.getText()}${member.questionToken ? '?' : ''}` : signature(member)
  const [said = ''] = described(member)
  const line = `${indent}- \`${text.replace(/\s+/g, ' ')}\`${said && `: ${said.replace(/\n+/g, ' ')}`}`
  return [line, ...(inner ?? []).map((one) => item(one, `${indent}  `))].join('\n')
}

function code(text) {
  return `\`\`\`ts\n${text}\n\`\`\``
}

/** A declaration as written, without comments. */
function signature(node) {
  const printer = ts.createPrinter({ removeComments: true })
  return printer.printNode(ts.EmitHint.Unspecified, node, file).replace(/^export (declare )?/, '').replace(/;$/gm, '')
}

/** The text of a declaration's comment, as an array of zero or one. */
function described(node) {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  if (!comment) return []
  const text = plain(comment.comment)
  const tags = (comment.tags ?? []).map((tag) => `${LABELS[tag.tagName.text] ?? tag.tagName.text}: ${value(tag)}.`)
  return [[text, ...tags].filter(Boolean).join('\n\n')].filter(Boolean)
}

function value(tag) {
  const text = plain(tag.comment).replace(/\.$/, '')
  return tag.tagName.text === 'default' ? `\`${text}\`` : text
}

function plain(comment) {
  const text = ts.getTextOfJSDocComment(comment) ?? ''
  return text.replace(/\{@link (\S+?)\}/g, '`$1`').trim()
}

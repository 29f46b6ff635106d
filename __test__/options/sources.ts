import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Node, Project, ts, type JSDoc, type JSDocableNode } from 'ts-morph'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const project = new Project({
  compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true, types: [] },
  skipAddingFilesFromTsConfig: true,
})
const reference = project.addSourceFileAtPath(path.join(ROOT, 'index.d.ts'))
const addon = project.addSourceFileAtPath(path.join(ROOT, 'native.d.ts'))

/** The keys of types over index.d.ts, each given as an expression in which `api` is the package. */
export function keysOfTypes(expressions: string[]): Map<string, string[]> {
  const aliases = expressions.map((expression, index) => `export type T${index} = Extract<${expression}, object>`)
  const source = project.createSourceFile(path.join(ROOT, 'keys.mts'), ["import type * as api from './index.js'", ...aliases].join('\n'))
  const keys = expressions.map((expression, index) => {
    const properties = source.getTypeAliasOrThrow(`T${index}`).getType().getProperties()
    return [expression, properties.map((property) => property.getName()).sort()] as const
  })
  project.removeSourceFile(source)
  return new Map(keys)
}

/** The keys of an interface of native.d.ts. */
export function keysOfNative(name: string): string[] {
  return addon.getInterfaceOrThrow(name).getProperties().map((property) => property.getName()).sort()
}

/** The names of the option types that index.d.ts exports. */
export function optionTypes(): string[] {
  return reference.getInterfaces().map((one) => one.getName()).filter((name) => name.endsWith('Options'))
}

/** Every `@default` of index.d.ts, by the name of its option or method, such as `SandboxOptions.memory`. */
export function documentedDefaults(): Map<string, string> {
  const found = new Map<string, string>()
  reference.forEachDescendant((node) => {
    if (!Node.isJSDocable(node)) return
    for (const text of defaultsOf(node)) found.set(nameOf(node), text)
  })
  return found
}

/** The documentation of a member of an interface or class, on one line. */
export function documentation(type: string, member: string): string {
  const [comment] = reference.getInterface(type)?.getPropertyOrThrow(member).getJsDocs() ?? reference.getClassOrThrow(type).getInstanceMethodOrThrow(member).getJsDocs()
  return comment?.getDescription().replace(/\s+/g, ' ') ?? ''
}

function defaultsOf(node: Node & JSDocableNode): string[] {
  const tags = node.getJsDocs().flatMap((comment: JSDoc) => comment.getTags())
  return tags.filter((tag) => tag.getTagName() === 'default').map((tag) => tag.getCommentText() ?? '')
}

function nameOf(node: Node): string {
  const isNamed = Node.isPropertySignature(node) || Node.isMethodDeclaration(node) || Node.isInterfaceDeclaration(node) || Node.isClassDeclaration(node)
  const parent = node.getParent()
  return [parent && nameOf(parent), isNamed ? node.getName() : undefined].filter(Boolean).join('.')
}

/** A struct of the core: its attributes, name and fields, with the names that JavaScript uses. */
export interface Struct {
  attributes: string
  name: string
  fields: string[]
}

/** All structs below src/core that have named fields. */
export function structsOfCore(): Struct[] {
  const directory = path.join(ROOT, 'src/core')
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.rs'))
  return files.flatMap((file) => structs(readFileSync(path.join(directory, file), 'utf8')))
}

function structs(source: string): Struct[] {
  const STRUCT = /((?:^#\[.*\]\n)*)^(?:pub(?:\([a-z]+\))? )?struct (\w+) \{\n([^}]*)^\}/gm
  return [...source.matchAll(STRUCT)].map(([, attributes = '', name = '', body = '']) => {
    const fields = [...body.matchAll(/^ {4}(?:pub(?:\([a-z]+\))? )?([a-z_0-9]+):/gm)]
    return { attributes, name, fields: fields.map(([, field = '']) => field.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())).sort() }
  })
}

/** What a module of js/ exports. */
export async function exportsOf(file: string): Promise<Record<string, any>> {
  return (await import(path.join(ROOT, 'js', file))) as Record<string, any>
}

/** The source of a file of js/. */
export function sourceOf(file: string): string {
  return readFileSync(path.join(ROOT, 'js', file), 'utf8')
}

/** The modules of js/options. */
export function optionModules(): string[] {
  return readdirSync(path.join(ROOT, 'js/options')).map((file) => `options/${file}`)
}

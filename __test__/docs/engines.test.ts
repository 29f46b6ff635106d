import { expect, test } from 'vitest'
import { textOf } from './markdown.ts'

const [, list = ''] = /^ALL=\((.*)\)$/m.exec(textOf('matrix/run.sh')) ?? []
const ENVIRONMENTS = list.split(' ')

test('the matrix has environments', () => {
  expect(ENVIRONMENTS.length).toBeGreaterThan(5)
})

test.each(ENVIRONMENTS)('the environment %s is prepared, described and has a row in the guide to engines', (environment) => {
  expect(textOf('matrix/machine/prepare.sh')).toMatch(new RegExp(`^  (.* )?${environment}( .*)?\\)$`, 'm'))
  expect(textOf('matrix/run.sh')).toMatch(new RegExp(`^#.* ${environment} +\\S`, 'm'))
  expect(textOf('docs/engines.md')).toMatch(new RegExp(`^\\| \`${environment}\` \\|`, 'm'))
})

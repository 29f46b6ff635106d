import assert from 'node:assert/strict'
import { test } from 'node:test'
import { average, sum } from './statistics.js'

test('the sum of numbers', () => assert.equal(sum([1, 2, 3]), 6))
test('the average of numbers', () => assert.equal(average([1, 2, 3]), 2))

import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import { parse } from 'yaml'
import { readValues, type Value } from '../../scripts/chart/value.ts'
import { cases } from '../lab/chart/cases.ts'

const pathsOf = (values: readonly Value[], path = ''): string[] =>
  values.flatMap(({ key, children }) => (children ? pathsOf(children, `${path}${key}.`) : [`${path}${key}`]))

const blocksOf = (values: readonly Value[]): Value[] =>
  values.flatMap((value) => [value, ...blocksOf(value.children ?? [])])

const values = readValues()
const given = cases.map((one) => parse(fs.readFileSync(one.values, 'utf8')) as Record<string, unknown>)

const has = (tree: unknown, path: readonly string[]): boolean => {
  const [key, ...rest] = path
  if (key === undefined) return true
  return typeof tree === 'object' && tree !== null && key in tree && has((tree as Record<string, unknown>)[key], rest)
}

test('every value has its line in docs/chart.md', () => {
  const bare = blocksOf(values).filter(({ description }) => description === '')
  assert.deepEqual(
    bare.map(({ key }) => key),
    [],
  )
  const page = fs.readFileSync(new URL('../../docs/chart.md', import.meta.url), 'utf8')
  assert.deepEqual(
    pathsOf(values).filter((path) => !page.includes(`| \`${path}\` |`)),
    [],
  )
})

test('every value is set in some case that the lab renders', () => {
  const never = pathsOf(values).filter((path) => !given.some((tree) => has(tree, path.split('.'))))
  assert.deepEqual(never, [])
})

test('the chart and its images have the version of package.json', () => {
  const read = (path: string): string => fs.readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const { version, appVersion } = parse(read('charts/picket/Chart.yaml')) as Record<string, string>
  assert.deepEqual(
    { version, appVersion },
    { version: appVersion, appVersion: JSON.parse(read('package.json')).version },
  )
})

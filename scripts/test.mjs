// Runs every test below test/ except the lab and the bench, with node:test. `npm test -- PATTERN` takes the files whose path holds PATTERN.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

const [pattern = '', ...flags] = process.argv.slice(2)
const files = globSync('test/**/*.test.ts').filter((f) => !/^test\/(lab|bench)\//.test(f) && f.includes(pattern))
if (files.length === 0) {
  console.error(`no test file matches ${JSON.stringify(pattern)}`)
  process.exit(2)
}
const run = spawnSync(process.execPath, ['--test', ...flags, ...files.sort()], { stdio: 'inherit' })
process.exit(run.status ?? 1)

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { COLLECTORS } from '../../../agent/metrics/collectors.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { openTextfile } from '../../../agent/metrics/textfile.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const setUp = (t: TestContext, directories = '["/text"]') => {
  const rootfs = mkdtempSync(join(tmpdir(), 'picket-textfile-'))
  t.after(() => rmSync(rootfs, { recursive: true }))
  const host = createHost({ procfs: '/nowhere', sysfs: '/nowhere', rootfs })
  const collector = openTextfile(host, metricsOptionsOf(`textfile: {directories: ${directories}}`))
  return {
    rootfs,
    write: (path: string, text: string, second = 1_700_000_000): void => {
      mkdirSync(dirname(join(rootfs, path)), { recursive: true })
      writeFileSync(join(rootfs, path), text)
      utimesSync(join(rootfs, path), second, second + 0.9)
    },
    collect: async () => {
      const families = await collector.collect()
      const helps = Object.fromEntries(
        families.filter(({ name }) => !name.startsWith('node_')).map(({ name, help }) => [name, help]),
      )
      return { lines: metricLines(families), helps, complaint: collector.complaint?.()?.message }
    },
  }
}

test('without a folder there is nothing to complain of', async (t) => {
  const { collect } = setUp(t, '[]')
  const lines = ['gauge node_textfile_scrape_error 0']
  assert.deepEqual(await collect(), { lines, helps: {}, complaint: undefined })
})

test('files are told of under the node’s names, and read again when they have changed', async (t) => {
  const { collect, write } = setUp(t, '["/text/*"]')
  write('text/a/one.prom', '# HELP up Is it?\n# TYPE up gauge\nup{x="1"} 1\n')
  write('text/b/two.prom', '# HELP up Is it?\n# TYPE up gauge\nup{x="2"} 2\nbare 3\n')
  write('text/b/three.txt', 'no metric\n')
  const told = (bare: number, second: number) => [
    'gauge node_textfile_mtime_seconds{file="/text/a/one.prom"} 1700000000',
    `gauge node_textfile_mtime_seconds{file="/text/b/two.prom"} ${second}`,
    'gauge node_textfile_scrape_error 0',
    'gauge up{x="1"} 1',
    'gauge up{x="2"} 2',
    `unknown bare ${bare}`,
  ]
  const helps = { up: 'Is it?', bare: 'Metric read from /text/b/two.prom' }
  assert.deepEqual(await collect(), { lines: told(3, 1_700_000_000), helps, complaint: undefined })
  write('text/b/two.prom', '# HELP up Is it?\n# TYPE up gauge\nup{x="2"} 2\nbare 4\n', 1_700_000_009)
  assert.deepEqual(await collect(), { lines: told(4, 1_700_000_009), helps, complaint: undefined })
})

test('a bad file costs itself alone', async (t) => {
  const { collect, rootfs, write } = setUp(t, '["/text", "/missing"]')
  write('text/a.prom', '# HELP a First.\n# TYPE a counter\na{x="1"} 1\n')
  write('text/b.prom', 'secret words\n')
  write('text/c.prom', '# TYPE a gauge\na{x="2"} 1\nc 1\n')
  write('text/d.prom', '# TYPE a counter\na{x="1"} 1\nd 1\n')
  write('text/e.prom', '# HELP a Second.\n# TYPE a counter\na{x="3"} 1\ne 1\n')
  write('text/g.prom', 'x'.repeat(5 << 20))
  mkdirSync(join(rootfs, 'text/h.prom'))
  execFileSync('mkfifo', [join(rootfs, 'text/f.prom')])
  assert.deepEqual(await collect(), {
    lines: [
      'gauge node_textfile_mtime_seconds{file="/text/a.prom"} 1700000000',
      'gauge node_textfile_mtime_seconds{file="/text/e.prom"} 1700000000',
      'gauge node_textfile_scrape_error 1',
      'counter a{x="1"} 1',
      'unknown e 1',
    ],
    helps: { a: 'First.', e: 'Metric read from /text/e.prom' },
    complaint: [
      '/missing: ENOENT',
      '/text/b.prom: line 1: a value is no number',
      '/text/f.prom: it is no regular file',
      '/text/g.prom: it has 5242880 bytes, more than 4194304',
      '/text/h.prom: it is no regular file',
      '/text/c.prom: a is in /text/a.prom too, with another type',
      '/text/d.prom: a is in /text/a.prom too, with the same labels',
      '/text/e.prom: a is left out, in /text/a.prom it has another help text',
    ].join('; '),
  })
})

test('a text file that has metrics of the node’s names does not stand in for them', async (t) => {
  const { collect, write } = setUp(t)
  write('text/a.prom', 'node_textfile_scrape_error 7\nnode_time_seconds 1\n')
  assert.deepEqual((await collect()).lines, [
    'gauge node_textfile_mtime_seconds{file="/text/a.prom"} 1700000000',
    'gauge node_textfile_scrape_error 0',
    'unknown node_textfile_scrape_error 7',
    'unknown node_time_seconds 1',
  ])
  assert.equal(COLLECTORS.at(-1), openTextfile)
})

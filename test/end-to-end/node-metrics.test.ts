import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

const fixture = fileURLToPath(new URL('../fixtures/metrics/linux-6.8-metal', import.meta.url))

const config = (folder: string, metrics: string): string => `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${folder}/app.log] }
outputs:
  file: { kind: file, path: ${folder}/out.ndjson }
node: { name: node-7 }
metrics: ${metrics}
server: { listen: "127.0.0.1:0" }
`

const withAgent = (
  metrics: string,
  flags: readonly string[],
  body: (ask: (headers?: Record<string, string>) => Promise<Response>, log: () => string) => Promise<void>,
): Promise<void> =>
  withFolder(async (folder) => {
    const agent = startAgent(['--config', writeConfig(folder, config(folder, metrics)), ...flags], folder)
    try {
      const address = await eventually('its address', () => /"address":"([^"]+)"/.exec(agent.output())?.[1])
      await body((headers = {}) => fetch(`http://${address}/metrics`, { headers }), agent.output)
    } finally {
      assert.equal(await agent.stop(), 0)
    }
  })

const lines = (text: string, pattern: RegExp): string[] => text.split('\n').filter((line) => pattern.test(line))

test('the flags of node_exporter say where the node’s files are, and win over the configuration', () =>
  withAgent(
    '{ procfs: /nowhere }',
    [`--path.procfs=${fixture}/proc`, '--path.sysfs', `${fixture}/sys`, '--path.rootfs', `${fixture}/root`],
    async (ask) => {
      const text = await (await ask()).text()
      assert.deepEqual(lines(text, /^node_load1 |^node_uname_info|^node_selinux_enabled|^node_os_version/), [
        'node_load1 12.21',
        'node_os_version{id="ubuntu",id_like="debian",name="Ubuntu \\"LTS\\" \\\\ $x"} 24.04',
        'node_selinux_enabled 1',
        'node_uname_info{sysname="Linux",release="6.8.0-45-generic",version="#45-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 30 12:02:04 UTC 2024",machine="x86_64",nodename="node-7",domainname="example.org"} 1',
      ])
    },
  ))

test('a collector whose files are not there is told of once, and the scrape has all others', () =>
  withAgent('{ procfs: /nowhere, collectors: { only: [loadavg, selinux] } }', [], async (ask, log) => {
    for (const _ of [1, 2]) {
      const text = await (await ask()).text()
      assert.deepEqual(lines(text, /^node_scrape_collector_success/), [
        'node_scrape_collector_success{collector="loadavg"} 0',
        'node_scrape_collector_success{collector="selinux"} 1',
      ])
    }
    const told = lines(log(), /"kind":"collector_failed"/).map((line) => JSON.parse(line))
    assert.deepEqual(
      told.map(({ collector, error }) => [collector, error]),
      [['loadavg', "ENOENT: no such file or directory, open '/nowhere/loadavg'"]],
    )
  }))

test('this machine in every form that a scraper may ask for, and nothing of it where metrics are off', async () => {
  await withAgent('{ enabled: true }', [], async (ask) => {
    const text = await (await ask()).text()
    const plain = await ask({ 'accept-encoding': 'identity' })
    const open = await (await ask({ accept: 'application/openmetrics-text; version=1.0.0' })).text()
    assert.equal(plain.headers.get('content-encoding'), null)
    assert.match(text, /^node_cpu_seconds_total\{cpu="0",mode="idle"\} [\d.]+$/m)
    assert.match(open, /^# TYPE node_cpu_seconds counter\n# UNIT node_cpu_seconds seconds\nnode_cpu_seconds_total\{/m)
    assert.match(open, /# EOF\n$/)
  })
  await withAgent('{ enabled: false }', [], async (ask) =>
    assert.deepEqual(lines(await (await ask()).text(), /^(# [A-Z]+ )?node_/), []),
  )
})

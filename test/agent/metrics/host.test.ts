import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { createHost } from '../../../agent/metrics/host.ts'

test('a pipe in the place of a file is not waited for', (t) => {
  const rootfs = mkdtempSync(join(tmpdir(), 'picket-host-'))
  t.after(() => rmSync(rootfs, { recursive: true }))
  mkdirSync(join(rootfs, 'etc'))
  execFileSync('mkfifo', [join(rootfs, 'etc/os-release')])
  assert.equal(createHost({ procfs: rootfs, sysfs: rootfs, rootfs }).root('etc/os-release'), '')
})

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { createAttributeHolder } from '../../../agent/metrics/attribute-holder.ts'

const openFiles = (folder: string): string[] =>
  readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)]
      } catch {
        return []
      }
    })
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length + 1))
    .sort()

const setUp = (t: TestContext, maxFiles: number) => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-holder-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const device = (name: string, attributes: Readonly<Record<string, string>>): void => {
    mkdirSync(join(folder, name))
    for (const [attribute, text] of Object.entries(attributes))
      writeFileSync(join(folder, name, attribute), `${text}\n`)
  }
  return { folder, device, holder: createAttributeHolder({ folder, identity: 'ifindex', maxFiles }) }
}

test('a held file tells what it says now', (t) => {
  const { folder, device, holder } = setUp(t, 10)
  device('a', { ifindex: '1', mtu: '1500' })
  assert.equal(holder.look(['a']).get('a')?.read('mtu'), '1500')
  writeFileSync(join(folder, 'a/mtu'), '9000\n')
  assert.equal(holder.look(['a']).get('a')?.read('mtu'), '9000')
  assert.deepEqual(openFiles(folder), ['a/mtu'])
})

test('a device that took the name of another is not told of with the values of the other', (t) => {
  const { folder, device, holder } = setUp(t, 10)
  device('a', { ifindex: '1', mtu: '1500' })
  holder.look(['a']).get('a')?.read('mtu')
  renameSync(join(folder, 'a'), join(folder, 'b'))
  device('a', { ifindex: '2', mtu: '1400' })
  const found = holder.look(['a', 'b'])
  assert.deepEqual(
    [...found].map(([name, files]) => [name, files.read('ifindex'), files.read('mtu')]),
    [
      ['a', '2', '1400'],
      ['b', '1', '1500'],
    ],
  )
})

test('files of devices that are gone are closed, and no more are held than may be', (t) => {
  const { folder, device, holder } = setUp(t, 1)
  device('a', { ifindex: '1', mtu: '1', type: '1' })
  device('b', { ifindex: '2', mtu: '2' })
  const read = (names: string[]) =>
    [...holder.look(names)].map(([, files]) => [files.read('mtu'), files.read('type'), files.read('none')])
  assert.deepEqual(read(['a', 'b']), [
    ['1', '1', undefined],
    ['2', undefined, undefined],
  ])
  assert.deepEqual(openFiles(folder), ['a/mtu'])
  assert.deepEqual(read(['b']), [['2', undefined, undefined]])
  assert.deepEqual(openFiles(folder), ['b/mtu'])
  assert.deepEqual(read([]), [])
  assert.deepEqual(openFiles(folder), [])
})

test('an attribute that a device had not is asked for again once the device has changed', (t) => {
  const { folder, device, holder } = setUp(t, 10)
  device('a', { ifindex: '1' })
  const files = holder.look(['a']).get('a')
  assert.equal(files?.read('speed'), undefined)
  writeFileSync(join(folder, 'a/speed'), '100\n')
  assert.equal(files?.read('speed'), undefined)
  files?.askAgain()
  assert.equal(files?.read('speed'), '100')
})

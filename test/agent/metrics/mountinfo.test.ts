import assert from 'node:assert/strict'
import test from 'node:test'
import { type Mount, parseMountinfo } from '../../../agent/metrics/mountinfo.ts'

const MOUNT: Mount = {
  device: '/dev/vda',
  mountPoint: '/',
  fsType: 'ext4',
  major: '254',
  minor: '0',
  readOnly: false,
}

test('parseMountinfo', async (t) => {
  const table: [name: string, text: string, expected: readonly Mount[]][] = [
    ['nothing', '', []],
    ['no optional field', '27 1 254:0 / / rw - ext4 /dev/vda rw', [MOUNT]],
    ['two optional fields', '27 1 254:0 / / rw shared:1 master:2 - ext4 /dev/vda rw\n', [MOUNT]],
    ['a dash for a device', '27 1 254:0 / / rw - ext4 - rw', [{ ...MOUNT, device: '-' }]],
    ['a read-only mount', '27 1 254:0 / / noatime,ro - ext4 /dev/vda rw', [{ ...MOUNT, readOnly: true }]],
    ['a read-only file system', '27 1 254:0 / / rw - ext4 /dev/vda ro', [{ ...MOUNT, readOnly: true }]],
    ['one after an error', '27 1 254:0 / / rw - ext4 /dev/vda rw,emergency_ro', [{ ...MOUNT, readOnly: true }]],
    ['errors=remount-ro is none', '27 1 254:0 / / rw - ext4 /dev/vda rw,errors=remount-ro', [MOUNT]],
    [
      'a name with blank, tab, newline, backslash and quote',
      '27 1 254:0 / /a\\040b\\011c\\012d\\134040"e rw - ext4 /dev/vda rw',
      [{ ...MOUNT, mountPoint: '/a b\tc\nd\\040"e' }],
    ],
    ['a line that is cut short', '27 1 254:0 / / rw shared:1', []],
    ['a dash at the end', '27 1 254:0 / / rw -', []],
  ]
  for (const [name, text, expected] of table) await t.test(name, () => assert.deepEqual(parseMountinfo(text), expected))
})

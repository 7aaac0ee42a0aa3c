import assert from 'node:assert/strict'
import test from 'node:test'
import { filesystemDocuments } from '../../../../agent/metrics/documents/filesystem.ts'
import { nodeLook } from '../../../support/node-families.ts'

const root = { device: '/dev/vda1', mountpoint: '/', fstype: 'ext4', device_error: '' }
const data = { device: '/dev/vdb', mountpoint: '/da"ta', fstype: 'xfs', device_error: '' }

test('one document a mount; root’s reserve is neither used nor to be had', () => {
  const look = nodeLook({
    node_filesystem_size_bytes: [
      [root, 1000],
      [data, 500],
    ],
    node_filesystem_free_bytes: [
      [root, 400],
      [data, 500],
    ],
    node_filesystem_avail_bytes: [
      [root, 300],
      [data, 500],
    ],
    node_filesystem_files: [[root, 64]],
    node_filesystem_files_free: [[root, 60]],
    node_filesystem_device_error: [[{ ...root, mountpoint: '/dead', device_error: 'timeout' }, 1]],
  })
  assert.deepEqual(filesystemDocuments(look), [
    {
      system: {
        filesystem: {
          device_name: '/dev/vda1',
          mount_point: '/',
          type: 'ext4',
          total: 1000,
          free: 400,
          available: 300,
          used: { bytes: 600, pct: 0.6667 },
          files: 64,
          free_files: 60,
        },
      },
    },
    {
      system: {
        filesystem: {
          device_name: '/dev/vdb',
          mount_point: '/da"ta',
          type: 'xfs',
          total: 500,
          free: 500,
          available: 500,
          used: { bytes: 0, pct: 0 },
          files: undefined,
          free_files: undefined,
        },
      },
    },
  ])
})

test('a mount that is listed twice is one document: a time series takes one a tick', () => {
  const look = nodeLook({
    node_filesystem_size_bytes: [
      [root, 1000],
      [{ ...root, fstype: 'ext3' }, 1000],
    ],
  })
  assert.equal(filesystemDocuments(look).length, 1)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Change, createObjectStore, type Seen } from '../../../controller/watch/object-store.ts'

interface Thing {
  readonly uid: string
  readonly resourceVersion: string
  readonly place: string
}

const thing = (uid: string, resourceVersion: string, place = 'a'): Seen<Thing> => ({
  uid,
  resourceVersion,
  object: { uid, resourceVersion, place },
})
const nothing = (uid: string, resourceVersion: string): Seen<Thing> => ({ uid, resourceVersion, object: undefined })
const store = () => createObjectStore<Thing>({ place: ({ place }) => place || undefined })

const words = (changes: readonly Change<Thing>[]): string[] =>
  changes.map((change) => {
    if (change.kind === 'added') return `+${change.now.uid}`
    if (change.kind === 'deleted') return `-${change.before.uid}`
    return `${change.now.uid}:${change.before.resourceVersion}>${change.now.resourceVersion}`
  })

test('events tell what an object was before', () => {
  const one = store()
  assert.deepEqual(words(one.apply('ADDED', thing('x', '1'))), ['+x'])
  assert.deepEqual(words(one.apply('MODIFIED', thing('x', '2', 'b'))), ['x:1>2'])
  assert.deepEqual([[...one.indexed('place', 'a')], [...one.indexed('place', 'b')].length], [[], 1])
  // The last state, which may be newer than the one that was known.
  assert.deepEqual(one.apply('DELETED', thing('x', '3', 'c')), [
    { kind: 'deleted', before: { uid: 'x', resourceVersion: '3', place: 'c' } },
  ])
  assert.deepEqual([one.size, [...one.indexed('place', 'b')]], [0, []])
})

test('what is of no interest is not kept, and what becomes so is gone', () => {
  const one = store()
  assert.deepEqual(words(one.apply('ADDED', nothing('x', '1'))), [])
  one.apply('ADDED', thing('y', '2'))
  assert.deepEqual(words(one.apply('MODIFIED', nothing('y', '3'))), ['-y'])
  assert.equal(one.size, 0)
})

test('a new list gives the changes that were missed, and none for what is the same', () => {
  const one = store()
  one.replace([thing('same', '1'), thing('changed', '1'), thing('gone', '1')])
  const changes = one.replace([thing('same', '1'), thing('changed', '2'), thing('new', '3'), nothing('foreign', '4')])
  assert.deepEqual(words(changes), ['-gone', 'changed:1>2', '+new'])
})

test('whatever comes, the indexes hold what the store holds', () => {
  const seen = fc.record({
    type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED') as fc.Arbitrary<'ADDED'>,
    uid: fc.constantFrom('', 'x', 'y', 'z'),
    version: fc.nat(20).map(String),
    place: fc.constantFrom('', 'a', 'b'),
    kept: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(fc.oneof(seen, fc.array(seen, { maxLength: 4 })), { maxLength: 30 }), (steps) => {
      const one = store()
      for (const step of steps) {
        const shape = ({
          uid,
          version,
          place,
          kept,
        }: {
          uid: string
          version: string
          place: string
          kept: boolean
        }) => (kept ? thing(uid, version, place) : nothing(uid, version))
        if (Array.isArray(step)) one.replace(step.map(shape))
        else one.apply(step.type, shape(step))
        const all = [...one.values()]
        assert.equal(all.length, one.size)
        for (const place of ['a', 'b'])
          assert.deepEqual(
            [...one.indexed('place', place)].sort((p, q) => (p.uid < q.uid ? -1 : 1)),
            all.filter((t) => t.place === place).sort((p, q) => (p.uid < q.uid ? -1 : 1)),
          )
      }
    }),
  )
})

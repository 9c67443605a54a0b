import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test, vi } from 'vitest'
import { createHeld } from '../../../src/caches/held.ts'
import type { RequestResponseList } from '../../../src/caches/list.ts'

setFlagsFromString('--expose-gc')
// What the flag adds to each global object.
const gc = runInNewContext('gc') as () => void

// Nothing of it is called.
const create = (): RequestResponseList => ({}) as RequestResponseList

afterEach(() => vi.unstubAllGlobals())

test('what was deleted goes once nobody holds it, and not before', async () => {
  const dropped: string[] = []
  const held = createHeld(
    create,
    async (id) => void dropped.push(id),
    () => {},
  )
  let kept: RequestResponseList | undefined = held.list('kept')
  held.list('released')
  await Promise.all(['kept', 'released'].map((id) => held.doom(id)))
  await expect
    .poll(() => {
      gc()
      return dropped
    })
    .toEqual(['released'])
  expect(held.list('kept')).toBe(kept)
  kept = undefined
  await expect
    .poll(() => {
      gc()
      return dropped
    })
    .toEqual(['released', 'kept'])
})

test('a failure to delete what nobody holds is reported', async () => {
  const [failure, errors]: [Error, unknown[]] = [new Error('broken'), []]
  const held = createHeld(
    create,
    async () => Promise.reject(failure),
    (error) => void errors.push(error),
  )
  held.list('v1')
  await held.doom('v1')
  await expect
    .poll(() => {
      gc()
      return errors
    })
    .toEqual([failure])
})

test('a list that is used once holds nothing', async () => {
  const dropped: string[] = []
  const held = createHeld(
    create,
    async (id) => void dropped.push(id),
    () => {},
  )
  held.passing('v1')
  await held.doom('v1')
  expect(dropped).toEqual(['v1'])
})

test('where the runtime can not tell, all is held until the end', async () => {
  vi.stubGlobal('FinalizationRegistry', undefined)
  const dropped: string[] = []
  const held = createHeld(
    create,
    async (id) => void dropped.push(id),
    () => {},
  )
  expect(held.list('v1')).toBe(held.passing('v1'))
  await held.doom('v1')
  expect(dropped).toEqual([])
  await held.release()
  expect(dropped).toEqual(['v1'])
})

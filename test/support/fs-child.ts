import { once } from 'node:events'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import type { Store } from '../../src/store.ts'
import { bytes, key, marked, meta, outcome, pattern, read, source } from './contract/kit.ts'
import { random } from './random.ts'

/** What a process of its own does with a store; each line that it prints is an event for the test. */
const [job = '', path = '', argument = ''] = process.argv.slice(2)

const say = (line: string | number): void => {
  process.stdout.write(`${line}\n`)
}

const ended = async (action: () => unknown): Promise<string> => String(await outcome(action))

const JOBS: Record<string, (store: Store) => Promise<void>> = {
  /** Many small and large puts, updates, reads and deletes of few keys. */
  async mix(store) {
    const next = random(Number(argument))
    for (let i = 0; i < 150; i++) {
      const of = key(`u${Math.floor(next() * 4)}`)
      const seed = Math.floor(next() * 200)
      const size = seed % 2 ? 70_000 + seed : 100 + seed
      const dice = next()
      if (dice < 0.4) await store.put(of, marked(`${seed} ${size}`), pattern(seed, size))
      for (const entry of await store.get(of)) {
        const [stored, length] = String(entry.meta.envelope['mark']).split(' ').map(Number)
        const end = await outcome(async () => {
          const body = await read(entry)
          if (body.length !== length || !Buffer.from(pattern(stored ?? -1, length)).equals(body))
            throw new Error('mixed')
        })
        if (end !== 'done' && end !== 'gone') say(`bad: ${String(end)}`)
        if (dice > 0.7) await store.update(entry, entry.meta)
      }
      if (dice > 0.9) await store.delete([of])
    }
    await store.close()
    say('mixed')
  },

  /** Updates one entry until it is gone. */
  async update(store) {
    const [entry] = await store.get(key('a'))
    if (!entry) throw new Error('There is nothing to update')
    let updates = 0
    while (await store.update(entry, entry.meta)) if (++updates === 3) say('updating')
    await store.close()
    say(`${updates >= 3}`)
  },

  /** Writes the first half of a body, and no more. */
  async half(store) {
    const before = (offset: number): unknown => {
      if (offset < 500_000) return undefined
      say('half')
      return new Promise(() => {})
    }
    setInterval(() => {}, 1000)
    await store.put(key('a'), marked('new'), source(2, 1_000_000, { before }).stream)
  },

  /** Replaces one entry as fast as it can, to be killed at it. */
  async endless(store) {
    for (let i = 0; ; i++) {
      await store.put(key('a'), marked(`${i}`), pattern(i, i % 2 ? 70_000 : 1000))
      say(i)
    }
  },

  /** Ends without closing anything, a body half read. */
  async leave(store) {
    await store.put(key('a'), meta(), pattern(1, 300_000))
    const [entry] = await store.get(key('a'))
    await (await entry?.open())?.getReader().read()
    say('left')
  },

  async write(store) {
    say(await ended(() => store.put(key('a'), marked('new'), source(2, 5_000_000).stream)))
    // The test looks at what is left before anything else is written.
    await once(process.stdin, 'data')
    process.stdin.unref()
    say(await ended(() => store.put(key('a'), marked('new'), bytes('small'))))
  },

  /** As a user to whom permissions apply. */
  async readOnly(store) {
    if (process.getuid?.() === 0) process.setuid?.(65_534)
    const [small, large] = await Promise.all([store.get(key('small')), store.get(key('large'))])
    say(`${(await read(small[0])).length} ${(await read(large[0])).length}`)
    say(await ended(() => store.put(key('small'), meta(), bytes('x'))))
    say(await ended(() => store.put(key('new'), meta(), pattern(1, 100_000))))
    say(await ended(() => small[0] && store.update(small[0], meta())))
    say(await ended(() => store.delete([key('small')])))
    say(await ended(() => createFilesystemStore({ path: `${path}/below` }).open()))
    await store.close()
  },
}

await JOBS[job]?.(createFilesystemStore({ path, ...(argument === 'large' && { maxEntryBytes: 10_000_000 }) }))

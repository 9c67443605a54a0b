/** A global fetch that counts, in the place of the runtime's. */
import { createMemoryStore } from '../../../adapters/memory.ts'
import { uninstallCache } from '../../../src/index.ts'
import type { InstallOptions } from '../../../src/index.ts'
import { cc } from '../api/given.ts'

export interface Base extends Disposable {
  readonly fetch: typeof globalThis.fetch
  /** The URLs that came to it. */
  readonly sent: readonly string[]
}

/** What stands in the place of the global `fetch` until the test ends. */
export function base(): Base {
  const before = globalThis.fetch
  const sent: string[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = input instanceof Request ? input.url : String(input)
    return new Response(`${sent.push(url)}`, { headers: cc('max-age=60') })
  }
  globalThis.fetch = fetch
  return {
    fetch,
    sent,
    [Symbol.dispose]() {
      for (let rest = 0; rest < 9; rest++) uninstallCache()
      globalThis.fetch = before
    },
  }
}

/** A cache with a store of its own. */
export const own = (options: InstallOptions = {}): InstallOptions => ({ backend: createMemoryStore(), ...options })

/** The body that the global `fetch` answers with. */
export const get = async (url = 'https://a.test/'): Promise<string> => (await fetch(url)).text()

/** Whether the global `fetch` is answered from what it was asked before. */
export async function caches(url?: string): Promise<boolean> {
  return (await get(url)) === (await get(url))
}

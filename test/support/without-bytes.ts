import type { Store } from '../../src/store.ts'

/** A store whose bodies are all opened, as large ones are. */
export function withoutBytes(inner: Store): Store {
  return {
    ...inner,
    async get(of, touch) {
      const found = await inner.get(of, touch)
      return found.map(({ key, meta, version, size, open }) => ({ key, meta, version, size, open }))
    },
  }
}

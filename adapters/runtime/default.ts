import type { Runtime } from '../../src/runtime.ts'
import { memory } from './memory.ts'
import { nativeURLPattern } from './native.ts'

/** What every runtime with a `fetch` can do. */
export const runtime: Runtime = {
  backends: { memory },
  defaultBackend: 'memory',
  urlPattern: nativeURLPattern,
  hopMode: 'manual',
  conditionalMode: undefined,
  ambientCredentials: false,
}

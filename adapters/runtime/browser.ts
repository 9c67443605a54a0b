import type { Runtime } from '../../src/runtime.ts'
import { memory } from './memory.ts'
import { nativeURLPattern } from './native.ts'

/** Pages hide redirects, and send cookies of their own. */
export const runtime: Runtime = {
  backends: { memory },
  defaultBackend: 'memory',
  urlPattern: nativeURLPattern,
  hopMode: undefined,
  conditionalMode: 'no-cache',
  ambientCredentials: true,
}

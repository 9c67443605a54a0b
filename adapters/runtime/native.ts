import type { URLPatternConstructor } from '../../src/options/patterns.ts'

/** For runtimes that all have it. */
export function nativeURLPattern(): URLPatternConstructor {
  // Not in every version of the library types; its shape is the standard's.
  return (globalThis as unknown as { URLPattern: URLPatternConstructor }).URLPattern
}

/** For `node --import`: has a child process run from the sources, as the package's `imports` have it from the build. */
import { registerHooks } from 'node:module'

const runtime = new URL('../../adapters/runtime/node.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '#runtime' ? { url: runtime, shortCircuit: true } : next(specifier, context),
})

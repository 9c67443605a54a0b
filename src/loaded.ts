/**
 * The engine, and what the files that are loaded after it take of it. A bundler makes a piece of its own of whatever some of
 * its entries need and others do not; by coming here each of them needs all, so that what is loaded together stays together.
 */
import './index.ts'

export { createEngine } from './engine.ts'
export { inTime } from './exchange/timers.ts'
export { fromStore, untouched } from './exchange/respond.ts'
export { requestKey } from './key/key.ts'
export { REDACTED, ignoredNames } from './key/redact.ts'
export { RECORD_VERSION } from './record.ts'
export { decorate, ofRedirects } from './response.ts'
export { parseRange } from './standards/ranges.ts'

/** Puts a cache in the place of `fetch` before a program starts: `node --import stowaway/register app.js`. */
import { runtime } from './cache.ts'
import { installFrom } from './environment.ts'

installFrom(runtime.environment?.() ?? {})

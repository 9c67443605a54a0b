/** The options of `installCache` as environment variables, such as `STOWAWAY_EXPIRE_AFTER=1h`. */
import { StowawayError } from './errors.ts'
import { installCache } from './install.ts'
import type { InstallOptions } from './install.ts'
import { DO_NOT_CACHE, EXPIRE_IMMEDIATELY, NEVER_EXPIRE } from './options/duration.ts'
import { show } from './options/refuse.ts'

/** What a variable says, as far as it can be made out; the option refuses the rest. */
type Read = (said: string) => unknown

const PREFIX = 'STOWAWAY_'
/** The command's. */
const DEBUG = 'STOWAWAY_DEBUG'
const FLAGS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])
const CONSTANTS = new Map<string, unknown>(Object.entries({ DO_NOT_CACHE, EXPIRE_IMMEDIATELY, NEVER_EXPIRE }))

const text: Read = (said) => said
const flag: Read = (said) => FLAGS.get(said.toLowerCase()) ?? said
const number: Read = (said) => (/^\d+(?:\.\d+)?$/.test(said) ? Number(said) : said)
const lifetime: Read = (said) => CONSTANTS.get(said) ?? number(said)
const staleness: Read = (said) => (/^(?:true|false)$/i.test(said) ? flag(said) : lifetime(said))
const list: Read = (said) => said.split(',').map((item) => item.trim())
const numbers: Read = (said) => said.split(',').map((item) => number(item.trim()))
const listOrAll: Read = (said) => (said.toLowerCase() === 'true' ? true : list(said))

const READ: { readonly [Option in keyof InstallOptions]?: Read } = {
  backend: text,
  name: text,
  path: text,
  only: list,
  expireAfter: lifetime,
  cacheControl: flag,
  staleIfError: staleness,
  staleWhileRevalidate: staleness,
  alwaysRevalidate: flag,
  onlyIfCached: flag,
  allowableCodes: numbers,
  allowableMethods: list,
  ignoredParameters: list,
  matchHeaders: listOrAll,
  shared: flag,
  partition: text,
  maxBytes: number,
  maxEntries: number,
  maxEntryBytes: number,
  mode: text,
  disabled: flag,
  readOnly: flag,
  operations: list,
  tags: list,
  useCacheDir: flag,
  useTemp: flag,
  useMemory: flag,
  wal: flag,
  fastSave: flag,
  busyTimeout: lifetime,
  codec: text,
  extension: text,
}

const variableOf = (option: string): string => PREFIX + option.replaceAll(/[A-Z]/g, '_$&').toUpperCase()
const OPTIONS = new Map(Object.entries(READ).map(([option, read]) => [variableOf(option), { option, read }]))

/** Throws, naming the variable, for a value that is not accepted and for a name that begins as ours do and is none. */
export function installFrom(environment: Readonly<Record<string, string | undefined>>): void {
  const given: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || name === DEBUG || value === undefined || value === '') continue
    const known = OPTIONS.get(name)
    if (!known) {
      throw new StowawayError(
        'unknown-option',
        `${show(name)} is not a variable; use ${[...OPTIONS.keys()].join(', ')}`,
      )
    }
    given[known.option] = known.read(value)
  }
  try {
    installCache({ ...given, onError: warning() })
  } catch (error) {
    throw error instanceof StowawayError ? naming(error) : error
  }
}

/** Each kind of failure once, since a broken store fails at each request. */
function warning(): (error: Error) => void {
  const told = new Set<string>()
  return (error) => {
    const kind = error instanceof StowawayError ? error.code : error.name
    // oxlint-disable-next-line no-console -- the program has no `onError`, and its user has stderr
    if (!told.has(kind)) console.warn(`stowaway: ${error.message}`)
    told.add(kind)
  }
}

/** Messages begin with the option. */
function naming(error: StowawayError): StowawayError {
  const message = error.message.replace(/^\w+/, (name) => (Object.hasOwn(READ, name) ? variableOf(name) : name))
  return new StowawayError(error.code, message, { cause: error })
}

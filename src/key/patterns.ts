/** `ignoredParameters` of which some are patterns or paths. */
import type { Ignored, Path, Step } from './redact.ts'
import { ignoredNames } from '../loaded.ts'
import { wildcard } from './wildcard.ts'

/** `$.a`, `a.b`, `a[0]`, `a[*].b`. What has one step, and no `$` before it, is a name. */
const PATH = /^(?:\$|[^.[\]]+)(?:\.[^.[\]]+|\[(?:\d+|\*)\])+$/

/**
 * A path leads from the root of a JSON body; without `$` it is a name as well, for forms and queries write theirs so
 * (`openid.sig`, `items[0]`).
 */
export function ignoredPatterns(added: ReadonlySet<string>): Ignored {
  const all = [...added].map((name) => name.toLowerCase())
  const paths = all.filter((text) => PATH.test(text)).map(pathOf)
  const names = all.filter((text) => !/^\$[.[]/.test(text))
  const patterns = names.filter((name) => name.includes('*')).map(wildcard)
  const { isIgnored, isSecret } = ignoredNames(new Set(names))
  return {
    isSecret,
    isIgnored: (name) => isIgnored(name) || patterns.some((matches) => matches(name.toLowerCase())),
    paths,
  }
}

function pathOf(text: string): Path {
  const steps = text.match(/[^.[\]]+|\[[^\]]+\]/g) ?? []
  return (steps[0] === '$' ? steps.slice(1) : steps).map(stepOf)
}

function stepOf(text: string): Step {
  if (text === '*') return () => true
  if (!text.startsWith('[')) {
    const matches = wildcard(text)
    return (key) => typeof key === 'string' && matches(key.toLowerCase())
  }
  const index = text === '[*]' ? undefined : Number(text.slice(1, -1))
  return (key) => typeof key === 'number' && (index === undefined || index === key)
}

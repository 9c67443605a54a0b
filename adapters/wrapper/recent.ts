/** A map of what was used lately, in bounded memory. */
export interface Recent<Value> {
  get(name: string): Value | undefined
  set(name: string, value: Value): void
}

/** Two generations take the place of a list in order of use: what is found in the older one moves to the younger. */
export function createRecent<Value>(generation: number): Recent<Value> {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  const set = (name: string, value: Value): void => {
    if (young.size >= generation) {
      old = young
      young = new Map()
    }
    young.set(name, value)
  }
  return {
    get(name) {
      const recent = young.get(name)
      if (recent !== undefined) return recent
      const value = old.get(name)
      if (value !== undefined) set(name, value)
      return value
    },
    set,
  }
}

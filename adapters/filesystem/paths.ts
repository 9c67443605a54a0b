import { join } from 'node:path'
import { folderPath, namespaceFolder } from './layout.ts'
import type { Pause, Tree } from './tree.ts'

/** The files that the entries of `http` are in: each entry's own, then that of its body where it is apart. */
export async function* pathsIn(root: string, tree: Tree, pause: Pause): AsyncGenerator<string> {
  for await (const place of tree.walk(pause, namespaceFolder('http'))) {
    const folder = folderPath(root, place)
    for (const slot of tree.look(place)?.slots ?? []) {
      const found = tree.load(slot, false)
      if (!found) continue
      yield join(folder, slot.file)
      if (found.header.body !== null) yield join(folder, found.header.body)
    }
  }
}

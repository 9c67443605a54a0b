import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('fs-child.ts', import.meta.url))

export interface Child extends AsyncDisposable {
  /** The next line that it prints; undefined: it prints no more. */
  line(): Promise<string | undefined>
  /** All further lines. */
  lines(): Promise<string[]>
  /** Its exit code, or the signal that ended it. */
  readonly end: Promise<number | string>
  /** Lets a job that waits for the test go on. */
  goOn(): void
  kill(): void
}

/** Runs a job of `fs-child.ts`. `blocks`: no file may be longer than so many blocks of 512 bytes. */
export function child(job: string, path: string, argument = '', blocks?: number): Child {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', CHILD, job, path, argument]
  const limited = ['sh', '-c', `ulimit -f ${blocks} && exec "$@"`, 'sh', ...command]
  const [file = '', ...args] = blocks === undefined ? command : limited
  const process_ = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const end = once(process_, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const output = createInterface(process_.stdout)[Symbol.asyncIterator]()
  const line = async (): Promise<string | undefined> => (await output.next()).value
  return {
    line,
    async lines() {
      const all: string[] = []
      for (let next = await line(); next !== undefined; next = await line()) all.push(next)
      return all
    },
    end,
    goOn: () => void process_.stdin.end('\n'),
    kill: () => void process_.kill('SIGKILL'),
    async [Symbol.asyncDispose]() {
      process_.kill('SIGKILL')
      await end
    },
  }
}

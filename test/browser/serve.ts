/** Serves the built core as a page's bundle, an empty page, and a counter that may be cached: `node test/browser/serve.ts 4173`. */
import { createServer } from 'node:http'
import { bundle } from '../../scripts/bundle.ts'

const files = new Map((await bundle('browser')).map(({ file, text }) => [`/${file}`, text]))
let count = 0

createServer(({ url = '/' }, response) => {
  const script = files.get(url)
  if (script !== undefined) response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
  else if (url.startsWith('/count'))
    response.writeHead(200, { 'cache-control': 'max-age=60' }).end(String((count += 1)))
  else response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>stowaway</title>')
}).listen(Number(process.argv[2] ?? 4173), '127.0.0.1')

/** A program that knows nothing of a cache: asks for each URL, one after the other. */
const bodies: string[] = []
for (const url of process.argv.slice(2)) bodies.push(await (await fetch(url)).text())
console.log(JSON.stringify(bodies))

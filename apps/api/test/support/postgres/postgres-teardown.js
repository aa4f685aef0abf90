/** Resolves when PostgreSQL and its folder are gone. */
export default async function tearDown() {
  const child = globalThis.intrallmPostgres;
  if (child === undefined || child.exitCode !== null) return;
  child.ref();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end();
  await gone;
}

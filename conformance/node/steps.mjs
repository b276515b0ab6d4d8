// Named steps, one after the other; the first that fails ends the process with status 1.
import assert from 'node:assert/strict';

export { assert };

export const port = Number(process.argv[2]);

export async function step(name, does) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('not done within 20 s')), 20_000);
  });
  try {
    await Promise.race([does(), late]);
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error.stack}`);
    process.exit(1);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a condition, never for a time. */
export async function until(condition) {
  while (!(await condition())) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

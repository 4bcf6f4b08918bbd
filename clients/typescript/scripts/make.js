// `node scripts/make.js install`: installs the dependencies that package-lock.json pins, if that has not happened yet.
// `node scripts/make.js build`: that, and compiles what has changed. One process at a time: tests run side by side.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, ".making");
const abandoned = 10 * 60_000; // what a process that was killed leaves behind

function changed(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function locked() {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (Date.now() - changed(".making") > abandoned) rmdirSync(lock);
    return false;
  }
}

function run(...command) {
  const done = spawnSync(command[0], command.slice(1), { cwd: root, encoding: "utf8" });
  if (done.status === 0) return true;
  console.error(done.error?.message ?? done.stdout + done.stderr);
  return false;
}

function make(what) {
  const installed = changed("node_modules/.package-lock.json") > changed("package-lock.json");
  if (!installed && !run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")) return false;
  return what === "install" || run(process.execPath, "node_modules/typescript/bin/tsc", "--build");
}

while (!locked()) await sleep(200);
try {
  process.exitCode = make(process.argv[2]) ? 0 : 1;
} finally {
  rmdirSync(lock);
}

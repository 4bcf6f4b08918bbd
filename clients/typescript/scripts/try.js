// `node scripts/try.js FILE`: runs a program as its user would, in a folder of its own where the package is installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = resolve(process.argv[2]);
const installed = join(dirname(file), "node_modules", "brokerwire");
if (!existsSync(installed)) {
  mkdirSync(dirname(installed), { recursive: true });
  symlinkSync(root, installed);
}

function run(...words) {
  const { status } = spawnSync(process.execPath, words, { cwd: dirname(file), stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
run(compiler, "--strict", "--target", "es2022", "--module", "nodenext", "--ignoreConfig", file);
run(file.replace(/ts$/, "js"));

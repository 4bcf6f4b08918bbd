import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Keeps the resume token of one stream, so that it goes on after a restart of the program. The stream's filters must stay
 * the same, or the gateway starts it over.
 */
export interface TokenStore {
  /** The token saved last; "" to start afresh. */
  load(): string | Promise<string>;
  /** Called when all items before the token have been processed. An error ends the stream. */
  save(token: string): void | Promise<void>;
}

/** Keeps a token in a file that is replaced as a whole: after a crash it holds the former token or the new one. */
export class FileTokenStore implements TokenStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the file; no file is an empty token. */
  async load(): Promise<string> {
    try {
      return (await readFile(this.#path, "utf8")).trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  }

  /** Writes the token beside the file, to disk, and puts it in the file's place. */
  async save(token: string): Promise<void> {
    const folder = dirname(this.#path);
    await mkdir(folder, { recursive: true });
    const beside = join(folder, `.${basename(this.#path)}.${randomUUID()}`);
    try {
      await written(beside, `${token}\n`);
      await rename(beside, this.#path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    await flushed(folder);
  }
}

async function written(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function flushed(folder: string): Promise<void> {
  if (process.platform === "win32") return; // a folder cannot be opened there
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

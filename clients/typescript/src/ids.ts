import { randomBytes } from "node:crypto";

let latest = 0n;

/** Makes an idempotency key: a UUIDv7, so that keys sort in the order of their making. */
export function newId(): string {
  // 48 bits of milliseconds, then a 12-bit counter, which runs over into the time if it must.
  const now = BigInt(Date.now()) << 12n;
  latest = now > latest ? now : latest + 1n;
  const time = (latest >> 12n).toString(16).padStart(12, "0");
  const count = (latest & 0xfffn).toString(16).padStart(3, "0");
  const random = randomBytes(8);
  random[0] = (random.readUInt8(0) & 0x3f) | 0x80;
  const rest = random.toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${rest.slice(0, 4)}-${rest.slice(4)}`;
}

import Big from "big.js";

import { invalid, unreadable, type BrokerwireError } from "./errors.js";
import type { Decimal as WireDecimal, Money as WireMoney } from "./gen/brokerwire/v1/decimal_pb.js";

/** An exact decimal number (big.js): `a.plus(b)`, `a.eq(b)`, `a.toFixed()`. */
export type Decimal = Big;

/** What may be given where a decimal is wanted. A float is refused. */
export type DecimalLike = Big | string | bigint;

/** An amount in one currency (ISO 4217, or the code of a crypto asset). */
export interface Money<D = Decimal> {
  readonly amount: D;
  readonly currency: string;
}

const MAX_DIGITS = 38;
const MAX_PLACES = 18;
const GRAMMAR = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/**
 * Reads a decimal of the contract: plain digits, at most 38, at most 18 of them after the point. Refuses exponents, a
 * leading plus, spaces, NaN and infinity, and rounds nothing.
 *
 * @throws InvalidRequestError with reason DECIMAL_INVALID or DECIMAL_OUT_OF_RANGE.
 */
export function decimal(text: string, field = "value"): Decimal {
  check(text, field);
  return new Big(text);
}

/** Checked before a number is built: "1E+3000000" would take minutes. */
function check(text: unknown, field: string): asserts text is string {
  if (typeof text !== "string" || !GRAMMAR.test(text)) {
    throw invalid(field, `is not a decimal number: ${JSON.stringify(String(text).slice(0, 50))}`, "DECIMAL_INVALID");
  }
  const [whole = "", places = ""] = text.replace("-", "").split(".");
  if (whole.length + places.length > MAX_DIGITS || places.length > MAX_PLACES) throw outOfRange(field);
}

function outOfRange(field: string): BrokerwireError {
  return invalid(field, "has more than 38 digits, or more than 18 places", "DECIMAL_OUT_OF_RANGE");
}

/** Writes a decimal for a request; what is absent stays absent. */
export function toWire(value: DecimalLike | undefined, field: string): { value: string } | undefined {
  if (value === undefined) return undefined;
  const text = plain(value, field);
  check(text, field);
  return { value: text };
}

function plain(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  if (value instanceof Big) {
    // Its digits would not fit in memory, perhaps.
    if (Math.abs(value.e) > MAX_DIGITS || value.c.length > MAX_DIGITS) throw outOfRange(field);
    return value.toFixed();
  }
  if (typeof value === "bigint") {
    if (value > 10n ** 38n || value < -(10n ** 38n)) throw outOfRange(field);
    return value.toString();
  }
  const problem = `must be text, a bigint or a Decimal, not a ${typeof value}, which would be rounded`;
  throw invalid(field, problem, "DECIMAL_INVALID");
}

/** Reads a decimal that the contract always sets. */
export function required(value: WireDecimal | undefined, field: string): Decimal {
  if (!value) throw unreadable(`the gateway left ${field} out, which the contract always sets`);
  return read(value, field);
}

/** Reads a decimal that may be absent. */
export function optional(value: WireDecimal | undefined, field: string): Decimal | undefined {
  return value && read(value, field);
}

/** Reads an amount that may be absent. */
export function money(value: WireMoney | undefined, field: string): Money | undefined {
  return value && { amount: required(value.amount, field), currency: value.currencyCode };
}

function read(value: WireDecimal, field: string): Decimal {
  try {
    return decimal(value.value, field);
  } catch (cause) {
    throw unreadable(`the gateway sent what is no decimal: ${(cause as Error).message}`, { cause });
  }
}

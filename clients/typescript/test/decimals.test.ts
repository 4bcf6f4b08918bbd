import assert from "node:assert/strict";
import { test } from "node:test";

import Big from "big.js";

import { answered, readSubmitted } from "../src/answers.js";
import { decimal, toWire, type DecimalLike } from "../src/decimals.js";
import { InternalError, InvalidRequestError } from "../src/errors.js";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { SubmitOrderResponseSchema } from "../src/gen/brokerwire/v1/order_service_pb.js";

test("decimals of the contract are read exactly", () => {
  const nines = "9".repeat(38);
  for (const text of ["0", "-0.5", "1.5", "99999999999999999999.999999999999999999", nines, "0.000000000000000001"]) {
    assert.equal(decimal(text).toFixed(), text);
  }
});

const REFUSED = {
  DECIMAL_INVALID: ["", "1e5", "1E+3000000", "+1", "01", ".5", "5.", "1\n", " 1", "NaN", "Infinity", "0x10", "١"],
  DECIMAL_OUT_OF_RANGE: ["9".repeat(39), "0.0000000000000000001", `1${"0".repeat(30)}.000000001`],
};

for (const [reason, texts] of Object.entries(REFUSED)) {
  for (const text of texts) {
    test(`${JSON.stringify(text)} is refused as ${reason}`, () => {
      for (const refuse of [() => decimal(text, "q"), () => toWire(text, "q")]) {
        assert.throws(refuse, (error) => {
          assert.ok(error instanceof InvalidRequestError);
          assert.deepEqual([error.reason, error.metadata.field, error.sent], [reason, "q", "no"]);
          assert.equal(error.violations[0]?.field, "q");
          return true;
        });
      }
    });
  }
}

test("a number beyond the limits is refused before it is written out", () => {
  const one = new Big(1);
  const huge = Object.assign(new Big(1), { e: 999_999_999 });
  const tiny = Object.assign(new Big(1), { e: -999_999_999 });
  for (const number of [huge, tiny, new Big("1e38"), new Big("1e-19"), one.div(3).plus("1e21"), 10n ** 38n]) {
    assert.throws(() => toWire(number, "order.quantity"), { reason: "DECIMAL_OUT_OF_RANGE" });
  }
});

test("a number is written without exponent", () => {
  assert.deepEqual(toWire(new Big("12e3"), "q"), { value: "12000" });
  assert.deepEqual(toWire(new Big("1e-18"), "q"), { value: "0.000000000000000001" });
  assert.deepEqual(toWire(new Big("1e37"), "q"), { value: `1${"0".repeat(37)}` });
  assert.deepEqual(toWire(-12n, "q"), { value: "-12" });
});

test("what is absent stays absent", () => {
  assert.equal(toWire(undefined, "q"), undefined);
});

test("a float is refused, even where the compiler is not asked", () => {
  for (const float of [0.1, 10, NaN, null, {}]) {
    assert.throws(() => toWire(float as unknown as DecimalLike, "q"), { reason: "DECIMAL_INVALID" });
  }
});

test("an answer that the contract does not allow is internal, and leaves open what was done", () => {
  const orders: MessageInitShape<typeof SubmitOrderResponseSchema>["order"][] = [
    undefined,
    {},
    { filledQuantity: { value: "1e5" } },
  ];
  for (const order of orders) {
    const answer = create(SubmitOrderResponseSchema, { order });
    assert.throws(
      () => answered("c-1", answer, readSubmitted),
      (error) => error instanceof InternalError && error.sent === "unknown" && error.clientOrderId === "c-1",
    );
  }
});

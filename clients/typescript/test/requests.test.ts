import assert from "node:assert/strict";
import { test } from "node:test";

import Big from "big.js";

import { enumName, OrderClass, OrderState, OrderType, Side, TimeInForce } from "../src/enums.js";
import { InvalidRequestError } from "../src/errors.js";
import { newId } from "../src/ids.js";
import { orderMessage, replaceMessage, type OrderRequest } from "../src/requests.js";

const LEG = { symbol: "A", side: Side.BUY, ratioQuantity: "1" };
const DERIVED: [OrderRequest, OrderType, OrderClass][] = [
  [{}, OrderType.MARKET, OrderClass.SIMPLE],
  [{ limitPrice: "1" }, OrderType.LIMIT, OrderClass.SIMPLE],
  [{ stopPrice: "1" }, OrderType.STOP, OrderClass.SIMPLE],
  [{ stopPrice: "1", limitPrice: "1" }, OrderType.STOP_LIMIT, OrderClass.SIMPLE],
  [{ trailPercent: "1" }, OrderType.TRAILING_STOP, OrderClass.SIMPLE],
  [{ takeProfit: "1" }, OrderType.MARKET, OrderClass.OTO],
  [{ stopLoss: "1" }, OrderType.MARKET, OrderClass.OTO],
  [{ takeProfit: "1", stopLoss: { trailAmount: "1" } }, OrderType.MARKET, OrderClass.BRACKET],
  [{ legs: [LEG, LEG] }, OrderType.MARKET, OrderClass.MULTI_LEG],
  [{ type: OrderType.LIMIT, orderClass: OrderClass.OCO }, OrderType.LIMIT, OrderClass.OCO],
];

test("type and class follow from what is given", () => {
  for (const [request, type, orderClass] of DERIVED) {
    const message = orderMessage(request, "c");
    const got = [message.type, message.orderClass, message.timeInForce];
    assert.deepEqual(got, [type, orderClass, TimeInForce.DAY], Object.keys(request).join());
  }
});

test("a stop loss is a price, or says more", () => {
  for (const stopLoss of ["1.5", new Big("1.5"), { stopPrice: "1.5" }]) {
    assert.equal(orderMessage({ stopLoss }, "c").stopLoss?.stopPrice?.value, "1.5");
  }
  const { stopLoss } = orderMessage({ stopLoss: { trailPercent: 2n } }, "c");
  assert.equal(stopLoss?.trail.case, "trailPercent");
  assert.equal(stopLoss.stopPrice, undefined);
});

test("what excludes each other is refused", () => {
  const notional = { amount: "1", currency: "USD" };
  for (const request of [
    { quantity: "1", notional },
    { trailAmount: "1", trailPercent: "1" },
  ]) {
    assert.throws(() => orderMessage(request, "c"), InvalidRequestError);
  }
});

test("a replace says only what changes", () => {
  const message = replaceMessage({ orderId: "o" }, { limitPrice: "2" }, "n");
  assert.deepEqual(
    [message.quantity, message.timeInForce, message.expectedVersion, message.limitPrice?.value],
    [undefined, undefined, undefined, "2"],
  );
  assert.deepEqual(message.orderKey, { case: "orderId", value: "o" });
});

test("ids are UUIDv7 that sort in the order of their making", () => {
  const ids = Array.from({ length: 10_000 }, newId);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});

test("names of enum values survive a newer gateway", () => {
  assert.equal(enumName(OrderState, OrderState.PARTIALLY_FILLED), "partially_filled");
  assert.equal(enumName(OrderState, 77), "unknown(77)");
  assert.equal(enumName(TimeInForce, TimeInForce.GTC), "gtc");
});

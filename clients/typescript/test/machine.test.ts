import assert from "node:assert/strict";
import { test } from "node:test";

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";

import { FIRST_DELAY, LONGEST_DELAY } from "../src/backoff.js";
import type { Code } from "../src/codes.js";
import { makeError, StreamGapError, type Reason } from "../src/errors.js";
import { StreamControlSchema, StreamMode, StreamResetCause } from "../src/gen/brokerwire/v1/streams_pb.js";
import { Machine, type WireItem } from "../src/machine.js";

interface Happened {
  account: string;
  sequence: bigint;
}
type Wire = WireItem<Happened, string>;

function machine(repeats = false): Machine<Happened, string> {
  return new Machine({ name: "test", place: (e) => e.account, sequence: (e) => e.sequence, repeats });
}

function happened(sequence: number, account = "a"): Wire {
  return { kind: "event", event: { account, sequence: BigInt(sequence) } };
}

function said(control: NonNullable<MessageInitShape<typeof StreamControlSchema>["control"]>): Wire {
  return { kind: "control", control: create(StreamControlSchema, { control }) };
}

function hello(mode: StreamMode): Wire {
  return said({ case: "opened", value: { mode, heartbeatInterval: durationFromMs(2000) } });
}

const resumed = hello(StreamMode.RESUMED);
const afresh = hello(StreamMode.SNAPSHOT);
const state: Wire = { kind: "snapshot", value: "s" };
const ending = said({ case: "snapshotEnd", value: {} });
const restart = said({ case: "reset", value: { cause: StreamResetCause.COMPACTED } });

function feed(m: Machine<Happened, string>, token: string, ...items: Wire[]): void {
  m.feed({ items, token });
}

/** Empties the machine and gives the kinds of items, events as their sequence. */
function taken(m: Machine<Happened, string>): string[] {
  const kinds: string[] = [];
  for (let item = m.take(); item; item = m.take()) {
    kinds.push(item.kind === "event" ? String(item.event.sequence) : item.kind);
  }
  return kinds;
}

test("events that came before a disconnect are not repeated after it", () => {
  const m = machine();
  m.connecting();
  feed(m, "t0", afresh, ending);
  feed(m, "t2", happened(1), happened(2));
  m.muted();
  m.connecting();
  feed(m, "", resumed);
  feed(m, "t3", happened(2), happened(3));
  const expected = ["opened", "snapshotBegin", "snapshotEnd", "1", "2", "disconnected", "opened", "3"];
  assert.deepEqual(taken(m), expected);
  assert.equal(m.token, "t3");
});

test("a batch without a token leaves the former one", () => {
  const m = machine();
  feed(m, "t1", happened(1));
  feed(m, "", happened(2));
  assert.equal(m.token, "t1");
});

test("a snapshot that was cut begins again after a reset", () => {
  const m = machine();
  m.connecting();
  feed(m, "", afresh, state);
  m.muted();
  m.connecting();
  feed(m, "t1", afresh, state, ending);
  const first = ["opened", "snapshotBegin", "snapshot", "disconnected"];
  assert.deepEqual(taken(m), [...first, "reset", "opened", "snapshotBegin", "snapshot", "snapshotEnd"]);
});

test("a snapshot that was cut goes on in a resumed stream", () => {
  const m = machine();
  m.connecting();
  feed(m, "t1", afresh, state);
  m.muted();
  m.connecting();
  feed(m, "t2", resumed, state, ending);
  const first = ["opened", "snapshotBegin", "snapshot", "disconnected"];
  assert.deepEqual(taken(m), [...first, "opened", "snapshot", "snapshotEnd"]);
});

test("a reset forgets what was seen", () => {
  const m = machine();
  m.connecting();
  feed(m, "t9", resumed, happened(9));
  feed(m, "t1", restart, ending, happened(1));
  assert.deepEqual(taken(m), ["opened", "9", "reset", "snapshotBegin", "snapshotEnd", "1"]);
});

test("states valued anew may repeat their sequence but not go back", () => {
  const m = machine(true);
  feed(m, "t", happened(2), happened(2), happened(1), happened(3));
  assert.deepEqual(taken(m), ["2", "2", "3"]);
});

test("sequences count within their account", () => {
  const m = machine();
  feed(m, "t", happened(2), happened(1, "b"), happened(1));
  assert.deepEqual(taken(m), ["2", "1"]);
});

test("items and controls of new kinds are skipped", () => {
  const m = machine();
  feed(m, "t", said({ case: undefined }), { kind: "unknown" }, happened(1));
  assert.deepEqual(taken(m), ["1"]);
});

test("silence is measured in heartbeats once the stream is open", () => {
  const m = machine();
  m.connecting();
  assert.equal(m.silence(), 10_000);
  feed(m, "t", resumed);
  assert.equal(m.silence(), 5_000);
  m.connecting();
  assert.equal(m.silence(), 10_000);
});

test("after a goodbye the stream waits as long as it was told, and is not disconnected", () => {
  const m = machine();
  m.connecting();
  feed(m, "t", resumed, said({ case: "goodbye", value: { reconnectAfter: durationFromMs(3000) } }));
  const wait = m.ended();
  assert.ok(wait >= 3000 && wait <= 6000, String(wait));
  assert.deepEqual(taken(m), ["opened", "goodbye"]);
  m.connecting();
  m.ended();
  assert.deepEqual(taken(m), ["disconnected"]);
});

const FAILURES: [Code, Reason, boolean, boolean][] = [
  ["UNAVAILABLE", "", false, true],
  ["INTERNAL", "", false, true],
  ["CANCELLED", "", false, true],
  ["UNKNOWN", "", false, true],
  ["DEADLINE_EXCEEDED", "", false, true],
  ["UNAVAILABLE", "GATEWAY_DRAINING", true, true],
  ["OUT_OF_RANGE", "SEQUENCE_NOT_YET_AVAILABLE", true, false],
  ["OUT_OF_RANGE", "RESUME_TOKEN_EXPIRED", true, false],
  ["RESOURCE_EXHAUSTED", "SLOW_CONSUMER", true, true],
  ["RESOURCE_EXHAUSTED", "STREAM_LIMIT", false, false],
  ["RESOURCE_EXHAUSTED", "GATEWAY_OVERLOADED", true, true],
  ["RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE", true, false],
  ["UNAUTHENTICATED", "", true, false],
  ["INVALID_ARGUMENT", "INVALID_RESUME_TOKEN", true, false],
];

for (const [code, reason, opened, survived] of FAILURES) {
  test(`${code} ${reason}, ${opened ? "once open" : "never open"}, ${survived ? "passes" : "is the end"}`, () => {
    const m = machine();
    if (opened) feed(m, "t", resumed);
    taken(m);
    assert.equal(m.failed(makeError("no", { code, reason })) !== undefined, survived);
    assert.deepEqual(taken(m), survived ? ["disconnected"] : []);
  });
}

test("the gateway's wait is honoured", () => {
  const error = makeError("no", { code: "UNAVAILABLE", reason: "GATEWAY_DRAINING", retryAfter: 60_000 });
  assert.equal(machine().failed(error), 60_000);
});

test("back-off grows until a connection has proved itself", () => {
  const m = machine();
  const first = m.muted();
  assert.ok(first >= FIRST_DELAY / 2 && first <= FIRST_DELAY, String(first));
  for (let i = 0; i < 10; i += 1) m.muted();
  assert.ok(m.muted() >= LONGEST_DELAY / 2);
  m.connecting();
  feed(m, "t", resumed);
  assert.ok(m.muted() >= LONGEST_DELAY / 2, "a hello alone is no proof");
  m.connecting();
  feed(m, "t", resumed);
  feed(m, "t", happened(1));
  assert.ok(m.muted() <= FIRST_DELAY);
});

test("a reset is a gap to a reader of events alone", () => {
  const error = machine().gap({ kind: "reset", cause: StreamResetCause.COMPACTED });
  assert.ok(error instanceof StreamGapError);
  assert.match(error.message, /compacted/);
});

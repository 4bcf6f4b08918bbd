import assert from "node:assert/strict";
import { test } from "node:test";

import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack, durationFromMs } from "@bufbuild/protobuf/wkt";
import { Metadata } from "@grpc/grpc-js";

import { CODES, type Code } from "../src/codes.js";
import * as errors from "../src/errors.js";
import { CommandErrorSchema, ErrorReason, Sent } from "../src/gen/brokerwire/v1/errors_pb.js";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../src/gen/google/rpc/status_pb.js";
import { fromCommandError, fromStatus, type Status } from "../src/status.js";

const MUTATION = { mutation: true, clientOrderId: "", address: "host:1" };

function plain(code: Code, details = "no"): Status {
  return { code: CODES.indexOf(code), details, metadata: new Metadata() };
}

function fromGateway(code: Code, reason: string, metadata: Record<string, string> = {}): Status {
  const details = [
    anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain: "brokerwire.dev", metadata })),
    anyPack(
      BadRequestSchema,
      create(BadRequestSchema, { fieldViolations: [{ field: "f", description: "too small" }] }),
    ),
    anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: durationFromMs(3000) })),
  ];
  const status = plain(code);
  const bytes = toBinary(StatusSchema, create(StatusSchema, { code: status.code, details }));
  const trailers = new Metadata();
  trailers.set("grpc-status-details-bin", Buffer.from(bytes));
  return { ...status, metadata: trailers };
}

test("the details of a status are taken over, new reasons included", () => {
  const error = fromStatus(fromGateway("FAILED_PRECONDITION", "FROM_THE_FUTURE", { client_order_id: "c-1" }), MUTATION);
  assert.ok(error instanceof errors.PreconditionError);
  assert.deepEqual(
    [error.reason, error.code, error.retryAfter, error.clientOrderId, error.sent],
    ["FROM_THE_FUTURE", "FAILED_PRECONDITION", 3000, "c-1", "no"],
  );
  assert.deepEqual(error.violations, [{ field: "f", description: "too small" }]);
});

test("garbage in the details is ignored, and the code counts", () => {
  const trailers = new Metadata();
  trailers.set("grpc-status-details-bin", Buffer.from([255, 255, 255]));
  const error = fromStatus({ ...plain("NOT_FOUND"), metadata: trailers }, MUTATION);
  assert.ok(error instanceof errors.NotFoundError);
  assert.deepEqual([error.reason, error.metadata], ["", {}]);
});

const SENT: [Status, boolean, errors.Sent][] = [
  [fromGateway("UNAVAILABLE", "BROKER_UNAVAILABLE"), true, "no"],
  [fromGateway("UNAVAILABLE", "JOURNAL_UNAVAILABLE", { sent: "UNKNOWN" }), true, "unknown"],
  [fromGateway("UNAVAILABLE", "JOURNAL_UNAVAILABLE", { sent: "LATER" }), true, "unknown"],
  [fromGateway("UNAVAILABLE", "JOURNAL_UNAVAILABLE", { sent: "UNKNOWN" }), false, "no"],
  [plain("UNAVAILABLE"), true, "unknown"],
  [plain("UNAVAILABLE"), false, "no"],
  [plain("DEADLINE_EXCEEDED"), true, "unknown"],
  [plain("INTERNAL"), true, "unknown"],
  [plain("INVALID_ARGUMENT"), true, "no"],
  [plain("NOT_FOUND"), true, "no"],
  [plain("UNIMPLEMENTED"), true, "no"],
  [plain("UNAUTHENTICATED"), true, "no"],
  [plain("PERMISSION_DENIED"), true, "no"],
];

test("sent is unknown unless it is proven that nothing was", () => {
  for (const [status, mutation, sent] of SENT) {
    const error = fromStatus(status, { ...MUTATION, mutation });
    assert.equal(error.sent, sent, `${error.message}, mutation ${String(mutation)}`);
  }
});

const CLASSES: [Code, errors.Reason, typeof errors.BrokerwireError, errors.Kind][] = [
  ["OUT_OF_RANGE", "RESUME_TOKEN_EXPIRED", errors.StreamGapError, "StreamGap"],
  ["OUT_OF_RANGE", "SEQUENCE_NOT_YET_AVAILABLE", errors.UnavailableError, "Unavailable"],
  ["OUT_OF_RANGE", "", errors.InvalidRequestError, "InvalidRequest"],
  ["ALREADY_EXISTS", "CLIENT_ORDER_ID_CONFLICT", errors.ConflictError, "Conflict"],
  ["ABORTED", "VERSION_MISMATCH", errors.ConflictError, "Conflict"],
  ["UNAUTHENTICATED", "", errors.UnauthenticatedError, "Unauthenticated"],
  ["PERMISSION_DENIED", "", errors.UnauthenticatedError, "PermissionDenied"],
  ["CANCELLED", "", errors.UnavailableError, "Unavailable"],
  ["UNIMPLEMENTED", "", errors.UnsupportedError, "Unsupported"],
  ["RESOURCE_EXHAUSTED", "", errors.OverloadedError, "Overloaded"],
  ["DEADLINE_EXCEEDED", "", errors.DeadlineExceededError, "DeadlineExceeded"],
  ["DATA_LOSS", "", errors.InternalError, "Internal"],
];

test("the class follows from the reason, then the code", () => {
  for (const [code, reason, type, kind] of CLASSES) {
    const error = errors.makeError("no", { code, reason });
    assert.ok(error instanceof type, `${code} ${reason}`);
    assert.deepEqual([error.kind, error.name], [kind, `${kind}Error`]);
  }
  assert.ok(errors.sessionClosed("no", "unknown", "") instanceof errors.UnavailableError);
});

test("a command's error is read as that of a call", () => {
  const reason = ErrorReason.BROKER_RATE_LIMIT;
  const given = { code: CODES.indexOf("RESOURCE_EXHAUSTED"), reason, field: "f", metadata: { retry_after: "1.5" } };
  const error = fromCommandError(create(CommandErrorSchema, given), "c-1");
  assert.ok(error instanceof errors.OverloadedError);
  assert.deepEqual([error.reason, error.retryAfter, error.clientOrderId], ["BROKER_RATE_LIMIT", 1500, "c-1"]);
  assert.equal(error.sent, "unknown"); // not said
  const newer = create(CommandErrorSchema, { sent: Sent.NO });
  Object.assign(newer, { reason: 999 });
  assert.deepEqual([fromCommandError(newer, "").reason, fromCommandError(newer, "").sent], ["REASON_999", "no"]);
});

test("the text says what to do", () => {
  const error = fromStatus(plain("UNAVAILABLE", "refused"), { ...MUTATION, clientOrderId: "c-1" });
  assert.match(String(error), /^UnavailableError: .*host:1: refused \[UNAVAILABLE\].*look up client_order_id c-1$/);
  assert.doesNotMatch(fromStatus(fromGateway("UNAVAILABLE", "GATEWAY_DRAINING"), MUTATION).message, /host:1/);
});

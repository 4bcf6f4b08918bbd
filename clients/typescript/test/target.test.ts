import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { inspect } from "node:util";

import { ChannelCredentials } from "@grpc/grpc-js";

import { connect } from "../src/client.js";
import { SERVICES, serviceConfig } from "../src/methods.js";
import { DEFAULT_ADDRESS, targetOf } from "../src/target.js";

afterEach(() => {
  delete process.env.BROKERWIRE_ADDRESS;
});

test("the address is the option, else the environment, else the default", () => {
  assert.equal(targetOf({}).address, DEFAULT_ADDRESS);
  process.env.BROKERWIRE_ADDRESS = "127.0.0.1:7";
  assert.equal(targetOf({}).address, "127.0.0.1:7");
  assert.equal(targetOf({ address: "localhost:8" }).address, "localhost:8");
});

test("a port is added where there is none", () => {
  for (const [given, address] of [
    ["localhost", "localhost:50051"],
    ["[::1]", "[::1]:50051"],
    ["::1", "[::1]:50051"],
    ["[::1]:7", "[::1]:7"],
    ["unix:/run/brokerwire.sock", "unix:/run/brokerwire.sock"],
  ] as const) {
    assert.equal(targetOf({ address: given }).address, address);
  }
});

test("plaintext stays on this machine", () => {
  for (const address of ["gateway.example:443", "10.0.0.1", "localhost.example:1", "127.evil.example", "[::2]:1"]) {
    assert.throws(() => targetOf({ address }), /plaintext/, address);
    for (const tls of [true, ChannelCredentials.createSsl()]) {
      assert.ok(targetOf({ address, tls }).credentials._isSecure());
    }
  }
});

test("credentials that are no TLS do not make plaintext to another machine good", () => {
  assert.throws(
    () => targetOf({ address: "gateway.example:443", tls: ChannelCredentials.createInsecure() }),
    /plaintext/,
  );
});

test("an address that is none is refused", () => {
  for (const address of ["https://localhost:1", "dns:///localhost", "localhost:x", ":7", "a:1:2"]) {
    assert.throws(() => targetOf({ address, tls: true }), TypeError, address);
  }
});

test("what holds no certificate is refused", () => {
  assert.throws(() => targetOf({ tls: { ca: "no-such-file.pem" } }), /no-such-file/);
  assert.throws(() => targetOf({ tls: { ca: Buffer.from("secret") } }), /no PEM of a certificate/);
  assert.throws(() => targetOf({ tls: { certificate: "-----BEGIN CERTIFICATE-----" } }), /go together/);
});

test("the token is in no text", () => {
  const client = connect({ token: "secret-token", otp: "secret-token", address: "localhost:1" });
  const text = inspect(client, { depth: 20, showHidden: true }) + JSON.stringify(client);
  assert.doesNotMatch(text, /secret-token/);
  client.close();
});

test("reads are repeated, and nothing else", () => {
  assert.equal(SERVICES.length, 10);
  const config = serviceConfig();
  for (const method of ["GetOrder", "ListOrders", "PreviewOrder", "GetServerInfo"]) {
    assert.ok(config.includes(`"${method}"`), method);
  }
  for (const other of [
    "SubmitOrder",
    "CancelOrder",
    "ReplaceOrder",
    "StreamOrders",
    "OrderSession",
    "timeout",
    "hedging",
  ]) {
    assert.ok(!config.includes(other), other);
  }
});

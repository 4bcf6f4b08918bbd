import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";

import { ChannelCredentials, type ChannelOptions } from "@grpc/grpc-js";

import { serviceConfig } from "./methods.js";
import type { Signer } from "./signing.js";

/** Where a gateway listens unless it is told otherwise. */
export const DEFAULT_ADDRESS = "127.0.0.1:50051";
/** The deadline of every unary call that has no other, in milliseconds. */
export const DEFAULT_TIMEOUT = 10_000;

const DEFAULT_PORT = "50051";
const MAX_MESSAGE = 16 * 1024 * 1024;

/** Certificates, each the path of a PEM file or PEM text. */
export interface TlsOptions {
  /** The authorities that the gateway's certificate must come from. */
  ca?: string | Uint8Array;
  /** The client's own certificate, with its private key. */
  certificate?: string | Uint8Array;
  key?: string | Uint8Array;
}

/** How to reach the gateway. */
export interface ConnectOptions {
  /** "host:port" or "unix:path". Without it, BROKERWIRE_ADDRESS says, else DEFAULT_ADDRESS is meant. */
  address?: string;
  /**
   * true: verify the gateway by the authorities that Node.js knows; { ca }: by these; { certificate, key }: and prove by
   * them who calls; each a file or PEM text. Or credentials of @grpc/grpc-js. Plaintext is for this machine only.
   */
  tls?: boolean | TlsOptions | ChannelCredentials;
  /** A bearer token, sent with every call. */
  token?: string;
  /** A code of the second factor, sent with every call. A code is good for one: make such a client for one act. */
  otp?: string;
  /** Signs every order, replace and closing. */
  signer?: Signer;
  /** The account to work on. Without it, the only one that the gateway has is meant. */
  account?: string;
  /** The deadline of every unary call that has no other, in milliseconds. */
  timeout?: number;
}

/** A gateway, and what a channel to it needs. */
export interface Target {
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
  readonly signer: Signer | undefined;
}

/** Finds out how to reach the gateway. Connects to nothing. */
export function targetOf(given: ConnectOptions): Target {
  const address = withPort(given.address || process.env.BROKERWIRE_ADDRESS || DEFAULT_ADDRESS);
  const local = isLocal(address);
  const credentials = credentialsOf(given.tls);
  if (!credentials._isSecure() && !local) {
    throw new TypeError(
      `${address} is not on this machine, and plaintext would show orders and tokens to the network: ` +
        "say tls: true, or tls: { ca } with the gateway's certificate authority",
    );
  }
  return { address, credentials, options: channelOptions(local), signer: given.signer };
}

function channelOptions(local: boolean): ChannelOptions {
  return {
    "grpc.service_config": serviceConfig(),
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_retries": 1,
    // A silent connection is found out. The gateway allows a ping every 10 s.
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 10_000,
    // The default grows to two minutes, which a stream would have to wait out after an outage. grpc-js has no limit for
    // one attempt, so calls have deadlines and streams a watchdog.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 2_000,
    "grpc.max_receive_message_length": MAX_MESSAGE,
    "grpc.max_send_message_length": MAX_MESSAGE,
    // Otherwise channels of one process share their connections, and one made anew would be the dead one.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": local ? 0 : 1,
  };
}

function credentialsOf(tls: ConnectOptions["tls"]): ChannelCredentials {
  if (!tls) return ChannelCredentials.createInsecure();
  if (tls === true) return ChannelCredentials.createSsl();
  if (tls instanceof ChannelCredentials) return tls;
  if (!tls.certificate !== !tls.key) throw new TypeError("tls.certificate and tls.key go together");
  return ChannelCredentials.createSsl(
    pemOf(tls.ca, "ca", "CERTIFICATE"),
    pemOf(tls.key, "key", "PRIVATE KEY"),
    pemOf(tls.certificate, "certificate", "CERTIFICATE"),
  );
}

function pemOf(given: string | Uint8Array | undefined, name: string, kind: string): Buffer | null {
  if (given === undefined) return null;
  const pem = typeof given === "string" && !given.includes("-----BEGIN") ? readFileSync(given) : Buffer.from(given);
  if (!pem.includes(`${kind}-----`)) throw new TypeError(`tls.${name} holds no PEM of a ${kind.toLowerCase()}`);
  return pem;
}

function withPort(address: string): string {
  if (address.startsWith("unix:")) return address;
  if (isIPv6(address)) return `[${address}]:${DEFAULT_PORT}`;
  const [host, port, ...rest] = splitPort(address);
  if (!host || rest.length > 0 || /[/\s]/.test(address)) {
    throw new TypeError(`${address} is no address of a gateway: write host:port or unix:path`);
  }
  if (port !== undefined && !/^[0-9]{1,5}$/.test(port)) {
    throw new TypeError(`${address} has no port number: write host:port or unix:path`);
  }
  return `${host}:${port ?? DEFAULT_PORT}`;
}

function splitPort(address: string): (string | undefined)[] {
  const bracketed = /^(\[[^\]]*\])(?::(.*))?$/.exec(address);
  return bracketed ? [bracketed[1], bracketed[2]] : address.split(":");
}

function isLocal(address: string): boolean {
  if (address.startsWith("unix:")) return true;
  const host = address.slice(0, address.lastIndexOf(":"));
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}

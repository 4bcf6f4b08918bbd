import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  Client,
  InterceptingCall,
  Metadata,
  status,
  type CallOptions as GrpcOptions,
  type Interceptor,
  type ServiceError,
} from "@grpc/grpc-js";

import { makeError, type BrokerwireError } from "./errors.js";
import { reads } from "./methods.js";
import { fromStatus, type Status } from "./status.js";
import type { Signer } from "./signing.js";
import type { Target } from "./target.js";

/** How to make one call. */
export interface CallOptions {
  /** Aborting fails the call with code CANCELLED; a mutation may go on nevertheless: see `sent`. */
  signal?: AbortSignal | undefined;
  /** The deadline, in milliseconds; the client's own if absent. */
  timeout?: number | undefined;
}

/** Takes what a stream receives, in order. */
export interface Tap<M> {
  /** A message is there; the next one is read when `more` is called. */
  message(message: M, more: () => void): void;
  /** The call is over. */
  end(status: Status): void;
}

/** A call that goes on. */
export interface OpenCall {
  cancel(): void;
}

/** A call that takes messages as well. */
export interface Duplex<I extends DescMessage> extends OpenCall {
  /** Resolves when the message has left. */
  send(message: MessageInitShape<I>): Promise<void>;
  /** Ends the sending side. */
  finish(): void;
}

/** A connection to a gateway, made when it is first needed. The one place that knows of grpc-js's calls. */
export class Channel {
  readonly address: string;
  readonly #client: Client;
  readonly #signer: Signer | undefined;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeout: number;
  #closed = false;

  /** `headers` go with every call. */
  constructor(target: Target, headers: Readonly<Record<string, string>>, timeout: number) {
    this.address = target.address;
    this.#signer = target.signer;
    this.#headers = headers;
    this.#timeout = timeout;
    this.#client = new Client(target.address, target.credentials, target.options);
  }

  close(): void {
    this.#closed = true;
    this.#client.close();
  }

  /** Throws if it was closed, before anything is sent. */
  ensureOpen(clientOrderId = ""): void {
    if (this.#closed) throw makeError("the client was closed", { code: "CANCELLED", clientOrderId });
  }

  /** Makes one call. */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { signal, timeout = this.#timeout }: CallOptions = {},
  ): Promise<MessageShape<O>> {
    const message = create(method.input, request);
    this.#signer?.sign(message);
    const bytes = encode(method.input, message);
    const clientOrderId = orderKey(message);
    this.ensureOpen(clientOrderId);
    if (signal?.aborted) throw makeError("aborted", { code: "CANCELLED", clientOrderId, cause: signal.reason });
    const options: GrpcOptions = Number.isFinite(timeout) ? { deadline: Date.now() + timeout } : {};
    return new Promise((resolve, reject) => {
      const decode = (answer: Buffer) => fromBinary(method.output, answer);
      const answered = (error: ServiceError | null, answer?: MessageShape<O>) => {
        signal?.removeEventListener("abort", abort);
        if (answer !== undefined) resolve(answer);
        else reject(this.#failure(error, method, clientOrderId, signal));
      };
      const call = this.#client.makeUnaryRequest(
        pathOf(method),
        asIs,
        decode,
        bytes,
        this.#metadata(),
        options,
        answered,
      );
      const abort = () => {
        call.cancel();
      };
      signal?.addEventListener("abort", abort);
    });
  }

  #failure(
    error: ServiceError | null,
    method: DescMethod,
    clientOrderId: string,
    signal: AbortSignal | undefined,
  ): BrokerwireError {
    const ended: Status = error ?? { code: status.INTERNAL, details: "there is no answer", metadata: new Metadata() };
    const cause: unknown = signal?.aborted ? signal.reason : error;
    return fromStatus(ended, { mutation: !reads(method), clientOrderId, address: this.address, cause });
  }

  /** Opens a stream. */
  open<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    tap: Tap<MessageShape<O>>,
  ): OpenCall {
    const bytes = encode(method.input, create(method.input, request));
    const decode = (answer: Buffer) => fromBinary(method.output, answer);
    const options = { interceptors: [tapping(tap)] };
    const call = this.#client.makeServerStreamRequest(pathOf(method), asIs, decode, bytes, this.#metadata(), options);
    call.on("error", ignored).resume();
    return call;
  }

  /** Opens a stream in both directions. */
  duplex<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    tap: Tap<MessageShape<O>>,
  ): Duplex<I> {
    const decode = (answer: Buffer) => fromBinary(method.output, answer);
    const options = { interceptors: [tapping(tap)] };
    const call = this.#client.makeBidiStreamRequest(pathOf(method), asIs, decode, this.#metadata(), options);
    call.on("error", ignored).resume();
    return {
      send: (message) =>
        new Promise((sent) => {
          const whole = create(method.input, message);
          this.#signer?.sign(whole);
          call.write(encode(method.input, whole), () => {
            sent(); // if it failed, the tap learns why
          });
        }),
      finish: () => {
        call.end();
      },
      cancel: () => {
        call.cancel();
      },
    };
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(this.#headers)) metadata.set(name, value);
    return metadata;
  }
}

/**
 * Taps a call's messages before grpc-js buffers them: its stream would read 16 ahead, and backpressure must reach the
 * gateway. grpc-js asks for the next message when this one has been passed on.
 */
function tapping<M>(tap: Tap<M>): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start(metadata, _, next) {
        next(metadata, {
          onReceiveMessage(message: M, more) {
            tap.message(message, () => {
              more(message);
            });
          },
          onReceiveStatus(status, finish) {
            tap.end(status);
            finish(status);
          },
        });
      },
    });
}

/** Encodes a message before grpc-js has it: what does not fit must not look like a call that failed. */
function encode<I extends DescMessage>(schema: I, message: MessageShape<I>): Buffer {
  try {
    return Buffer.from(toBinary(schema, message));
  } catch (cause) {
    const text = `the request cannot be encoded: ${(cause as Error).message}`;
    throw makeError(text, {
      code: "INVALID_ARGUMENT",
      reason: "INVALID_FIELD",
      clientOrderId: orderKey(message),
      cause,
    });
  }
}

/** The idempotency key of a request; "" where it has none. */
function orderKey(request: object): string {
  const { order, newClientOrderId, clientOrderId, orderKey, requestId } = request as {
    order?: { clientOrderId?: string };
    newClientOrderId?: string;
    clientOrderId?: string;
    orderKey?: { case?: string; value?: string };
    requestId?: string;
  };
  const byCaller = orderKey?.case === "clientOrderId" ? orderKey.value : undefined;
  return order?.clientOrderId ?? newClientOrderId ?? clientOrderId ?? byCaller ?? requestId ?? "";
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

function ignored(): void {
  // The tap has the status.
}

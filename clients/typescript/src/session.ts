import type { MessageInitShape } from "@bufbuild/protobuf";

import { answered, readCanceled, readReplaced, readSubmitted } from "./answers.js";
import type { Channel, Duplex } from "./channel.js";
import { BrokerwireError, makeError, sessionClosed, type SessionClosedError } from "./errors.js";
import {
  OrderService,
  type OrderCommandSchema,
  type OrderResult,
  type OrderSessionRequestSchema,
  type OrderSessionResponse,
} from "./gen/brokerwire/v1/order_service_pb.js";
import { newId } from "./ids.js";
import type { Cancellation, Replacement, SubmittedOrder } from "./records.js";
import {
  cancelMessage,
  orderMessage,
  replaceMessage,
  type OrderKey,
  type OrderRequest,
  type ReplaceRequest,
} from "./requests.js";
import { fromCommandError, fromStatus, type Status } from "./status.js";

/** The most commands in one message, by the contract. */
const COMMAND_BATCH = 1000;
/** What the gateway gets to end a session in good order, in milliseconds. */
const HANG_UP = 1000;

/** A result that will come. Its failure is told to whoever awaits it, and to nobody else. */
export type Pending<T> = Promise<T> & {
  /** The idempotency key of the command; of a cancel, the order's if it was named by it. */
  readonly clientOrderId: string;
};

/** What a session needs of its client. */
export interface SessionHome {
  readonly channel: Channel;
  readonly timeout: number;
  /** The account that a command means which names none. */
  account(): Promise<string>;
  /** The session is over. */
  left(): void;
}

type Message = NonNullable<MessageInitShape<typeof OrderCommandSchema>["command"]>;

/** A command that waits for its result. */
interface Command {
  readonly clientOrderId: string;
  /** The message; it needs an account, unless it has one. */
  readonly message: Message & { value?: { accountId?: string } };
  settle(result: OrderResult): void;
  fail(error: BrokerwireError): void;
}

/**
 * The fast door for many orders: commands go out in batches, and each method returns at once. The rules are those of the
 * client's methods of the same names.
 *
 * When the connection breaks, a command without a result fails with SessionClosedError and `sent` "unknown": open another
 * session and submit the same content with the same clientOrderId.
 */
export class OrderSession {
  readonly #home: SessionHome;
  readonly #call: Duplex<typeof OrderSessionRequestSchema>;
  readonly #waiting = new Map<bigint, Command>();
  readonly #done: Promise<void>;
  #outbox: Command[] = [];
  #lastId = 0n;
  #pumping = false;
  #closing = false;
  #finished = false;
  #dead = false;
  /** Why no more commands are taken. */
  #over: string | undefined;
  #ended!: () => void;

  /** @internal */
  constructor(home: SessionHome) {
    this.#home = home;
    this.#done = new Promise((resolve) => {
      this.#ended = resolve;
    });
    this.#call = home.channel.duplex(OrderService.method.orderSession, {
      message: (response, more) => {
        this.#receive(response);
        more();
      },
      end: (status) => {
        this.#end(status);
      },
    });
  }

  /** Submits an order, as Client.submit does. */
  submit(request: OrderRequest): Pending<SubmittedOrder> {
    const id = request.clientOrderId || newId();
    const message = () => withAccount("submit", orderMessage(request, id), request.account);
    return this.#put(id, message, (result) => (result.case === "submit" ? readSubmitted(result.value) : undefined));
  }

  /** Changes an open order, as Client.replace does. */
  replace(order: OrderKey, request: ReplaceRequest): Pending<Replacement> {
    const id = request.newClientOrderId || newId();
    const message = () => withAccount("replace", replaceMessage(order, request, id), order.accountId);
    return this.#put(id, message, (result) => (result.case === "replace" ? readReplaced(result.value) : undefined));
  }

  /** Cancels an open order, as Client.cancel does. */
  cancel(order: OrderKey): Pending<Cancellation> {
    const message = () => withAccount("cancel", cancelMessage(order), order.accountId);
    return this.#put(order.clientOrderId ?? "", message, (result) =>
      result.case === "cancel" ? readCanceled(result.value) : undefined,
    );
  }

  /** Waits for the results that are due, for the client's timeout at most, and ends the session. */
  async close({ timeout = this.#home.timeout }: { timeout?: number } = {}): Promise<void> {
    this.#closing = true;
    this.#finishIfDone();
    const timer = setTimeout(
      () => {
        this.abort();
      },
      Math.min(timeout, 2 ** 31 - 1),
    );
    await this.#done;
    clearTimeout(timer);
  }

  /** Ends the session at once, results or not. */
  abort(): void {
    this.#closing = true;
    this.#call.cancel();
  }

  #put<T>(
    clientOrderId: string,
    message: () => Command["message"],
    read: (result: OrderResult["result"]) => T | undefined,
  ): Pending<T> {
    const promise = new Promise<T>((resolve, reject) => {
      if (this.#over !== undefined || this.#closing) {
        const why = this.#over ?? "it was closed";
        throw sessionClosed(`the session is over: ${why}`, "no", clientOrderId);
      }
      const outcome = ({ result }: OrderResult): T => {
        if (result.case === "error") throw fromCommandError(result.value, clientOrderId);
        const answer = answered(clientOrderId, result, read);
        if (answer !== undefined) return answer;
        throw makeError("the result is of another kind", { code: "INTERNAL", sent: "unknown", clientOrderId });
      };
      this.#outbox.push({
        clientOrderId,
        message: message(),
        fail: reject,
        settle: (result) => {
          resolve(Promise.resolve(result).then(outcome));
        },
      });
      this.#pump();
    });
    promise.catch((error: unknown) => {
      // A failure that nobody awaits must not end the program.
      if (error instanceof BrokerwireError) error.clientOrderId ||= clientOrderId;
    });
    return Object.assign(promise, { clientOrderId });
  }

  /** Sends what waits, one message at a time. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    while (this.#outbox.length > 0) {
      const commands = await this.#addressed(this.#outbox.splice(0, COMMAND_BATCH));
      if (this.#dead) failAll(commands, (command) => lost(this.#over ?? "", command, "no"));
      else await this.#sendAll(commands);
    }
    this.#pumping = false;
    this.#finishIfDone();
  }

  async #sendAll(commands: Command[]): Promise<void> {
    const numbered = commands.map((command) => {
      this.#lastId += 1n;
      this.#waiting.set(this.#lastId, command);
      return { commandId: this.#lastId, command: command.message };
    });
    try {
      if (numbered.length > 0) await this.#call.send({ commands: numbered });
    } catch (error) {
      // They cannot be encoded.
      for (const { commandId } of numbered) this.#waiting.delete(commandId);
      failAll(commands, () => error as BrokerwireError);
    }
  }

  /** Gives commands their account, and those back that have one. The others fail. */
  async #addressed(commands: Command[]): Promise<Command[]> {
    const lacking = commands.filter(({ message }) => !message.value?.accountId);
    if (lacking.length === 0) return commands;
    try {
      const account = await this.#home.account();
      for (const { message } of lacking) if (message.value) message.value.accountId = account;
      return commands;
    } catch (error) {
      failAll(lacking, () => error as BrokerwireError);
      return commands.filter((command) => !lacking.includes(command));
    }
  }

  #receive(response: OrderSessionResponse): void {
    for (const result of response.results) {
      const command = this.#waiting.get(result.commandId);
      this.#waiting.delete(result.commandId);
      command?.settle(result);
    }
    const control = response.control?.control;
    if (control?.case === "goodbye") this.#over ??= control.value.reason;
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    const due = this.#pumping || this.#outbox.length + this.#waiting.size > 0;
    if (!this.#closing || due || this.#finished) return;
    this.#finished = true;
    this.#call.finish();
    const timer = setTimeout(() => {
      this.#call.cancel();
    }, HANG_UP);
    void this.#done.then(() => {
      clearTimeout(timer);
    });
  }

  /** The stream is over. Commands without a result may have been carried out. */
  #end(status: Status): void {
    const facts = { mutation: true, clientOrderId: "", address: this.#home.channel.address };
    const why = status.code === 0 ? "it was closed" : fromStatus(status, facts).message;
    this.#over ??= why;
    this.#finished = true;
    for (const command of this.#waiting.values()) command.fail(lost(why, command, "unknown"));
    for (const command of this.#outbox) command.fail(lost(why, command, "no"));
    this.#waiting.clear();
    this.#outbox = [];
    this.#home.left();
    this.#ended();
  }
}

function failAll(commands: Iterable<Command>, error: (command: Command) => BrokerwireError): void {
  for (const command of commands) command.fail(error(command));
}

function lost(why: string, { clientOrderId }: Command, sent: "no" | "unknown"): SessionClosedError {
  return sessionClosed(`the session ended before the result: ${why}`, sent, clientOrderId);
}

function withAccount<C extends string, V extends { accountId: string }>(
  name: C,
  value: V,
  account: string | undefined,
) {
  value.accountId = account ?? "";
  return { case: name, value };
}

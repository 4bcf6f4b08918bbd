import { answered, readCanceled, readReplaced, readSubmitted } from "./answers.js";
import { Channel, type CallOptions } from "./channel.js";
import { concerning, invalid, makeError } from "./errors.js";
import { AccountService, type ListAccountsResponse } from "./gen/brokerwire/v1/account_service_pb.js";
import { AccountStatus } from "./gen/brokerwire/v1/accounts_pb.js";
import type { Event } from "./gen/brokerwire/v1/events_pb.js";
import { OrderService } from "./gen/brokerwire/v1/order_service_pb.js";
import type { OrderState } from "./gen/brokerwire/v1/orders_pb.js";
import { PositionService } from "./gen/brokerwire/v1/position_service_pb.js";
import { SortOrder } from "./gen/brokerwire/v1/read_info_pb.js";
import { newId } from "./ids.js";
import { List } from "./pages.js";
import {
  readFill,
  readOrder,
  readPosition,
  type Cancellation,
  type Fill,
  type Order,
  type OrderEvent,
  type Position,
  type PositionEvent,
  type Replacement,
  type SubmittedOrder,
} from "./records.js";
import {
  cancelMessage,
  keyOf,
  orderMessage,
  replaceMessage,
  type OrderKey,
  type OrderRequest,
  type ReplaceRequest,
} from "./requests.js";
import { serviceOn, type Service } from "./service.js";
import { OrderSession } from "./session.js";
import { Stream, type Spec } from "./stream.js";
import {
  eventSpec,
  orderSpec,
  positionSpec,
  type EventStreamOptions,
  type OrderStreamOptions,
  type PositionStreamOptions,
  type StreamOptions,
} from "./streams.js";
import { DEFAULT_TIMEOUT, targetOf, type ConnectOptions, type Target } from "./target.js";
import { waitFor, type OrderWaitOptions } from "./wait.js";

/** What all lists have in common. */
export interface ListOptions extends CallOptions {
  /** How many are read at once; the gateway's default if absent. */
  pageSize?: number;
  /** The client's own if absent; all, if it has none. */
  account?: string;
}

/** Which orders a list has. All conditions must hold; one that is absent holds always. */
export interface OrderFilter extends ListOptions {
  openOnly?: boolean;
  states?: readonly OrderState[];
  symbols?: readonly string[];
  clientOrderIds?: readonly string[];
  parentOrderId?: string;
  oldestFirst?: boolean;
}

/** Which fills a list has. */
export interface FillFilter extends ListOptions {
  orderId?: string;
  symbols?: readonly string[];
  oldestFirst?: boolean;
}

/** Which positions a list has. */
export interface PositionFilter extends ListOptions {
  symbols?: readonly string[];
}

/**
 * Makes a client. The connection is made when it is first needed.
 *
 * @throws TypeError if an option cannot be meant: plaintext to another machine, an address that is none.
 */
export function connect(options: ConnectOptions = {}): Client {
  return new Client(options);
}

/** A gateway. Make one with connect(). */
export class Client {
  readonly #target: Target;
  readonly #dial: () => Channel;
  readonly #channel: Channel;
  readonly #timeout: number;
  readonly #open = new Set<() => void>();
  readonly #named: string | undefined;
  #found: Promise<string> | undefined;

  /** @internal */
  constructor({ token, otp, account, timeout = DEFAULT_TIMEOUT, ...options }: ConnectOptions) {
    this.#target = targetOf(options);
    this.#timeout = timeout;
    this.#named = account || undefined;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(otp === undefined ? {} : { "brokerwire-otp": otp }),
    };
    this.#dial = () => new Channel(this.#target, headers, timeout);
    this.#channel = this.#dial();
  }

  /** Where the gateway is. */
  get address(): string {
    return this.#target.address;
  }

  /** Ends streams, sessions and the connection. Orders go on. */
  close(): void {
    for (const end of [...this.#open]) end();
    this.#channel.close();
  }

  /** All methods of a service of the contract, on this connection: `client.service(AccountService).getAccount({...})`. */
  service<S extends Service>(service: S) {
    return serviceOn(this.#channel, service);
  }

  /**
   * Submits an order, or a group of orders, once, and returns when the broker has answered.
   *
   * A refusal by the broker is no error but state REJECTED; an outcome that is not proven is INDETERMINATE, which is not
   * terminal: wait for it. An error names the order (clientOrderId) and says whether it may have been sent. It is never
   * tried again by itself.
   */
  async submit(request: OrderRequest, options?: CallOptions): Promise<SubmittedOrder> {
    const id = request.clientOrderId || newId();
    return concerning(id, async () => {
      const order = orderMessage(request, id);
      order.accountId = await this.#account(request.account, options);
      const answer = await this.#channel.unary(OrderService.method.submitOrder, { order }, options);
      return answered(id, answer, readSubmitted);
    });
  }

  /** Changes an open order. REFUSED, as an outcome, is no error. */
  async replace(order: OrderKey, request: ReplaceRequest, options?: CallOptions): Promise<Replacement> {
    const id = request.newClientOrderId || newId();
    return concerning(id, async () => {
      const message = replaceMessage(order, request, id);
      message.accountId = await this.#account(order.accountId, options);
      const answer = await this.#channel.unary(OrderService.method.replaceOrder, message, options);
      return answered(id, answer, readReplaced);
    });
  }

  /**
   * Cancels an open order, and with an entry its group. Canceling a canceled order is fine. PENDING means that the broker
   * took note, and the effect will be streamed.
   */
  async cancel(order: OrderKey, options?: CallOptions): Promise<Cancellation> {
    const id = order.clientOrderId ?? "";
    return concerning(id, async () => {
      const message = cancelMessage(order);
      message.accountId = await this.#account(order.accountId, options);
      const answer = await this.#channel.unary(OrderService.method.cancelOrder, message, options);
      return answered(id, answer, readCanceled);
    });
  }

  /** Reads one order. NotFoundError: there is no such order in the account. */
  async getOrder(order: OrderKey, options?: CallOptions): Promise<Order> {
    return concerning(order.clientOrderId ?? "", async () => {
      const accountId = await this.#account(order.accountId, options);
      const request = { accountId, orderKey: keyOf(order) };
      return readOrder((await this.#channel.unary(OrderService.method.getOrder, request, options)).order);
    });
  }

  /** Lists orders, open and past, newest first. */
  orders(filter: OrderFilter = {}): List<Order> {
    const { states = [], symbols = [], clientOrderIds = [], parentOrderId = "", openOnly = false } = filter;
    const conditions = {
      ...this.#conditions(filter, symbols),
      states: [...states],
      clientOrderIds: [...clientOrderIds],
      parentOrderId,
      openOnly,
      sortOrder: sortOrder(filter.oldestFirst),
    };
    return new List(async (pageToken) => {
      const request = { ...conditions, pageToken };
      const answer = await this.#channel.unary(OrderService.method.listOrders, request, filter);
      return { items: answer.orders.map(readOrder), next: answer.nextPageToken, unreachable: answer.unreachable };
    });
  }

  /** Lists fills, with busts and corrections, newest first. */
  fills(filter: FillFilter = {}): List<Fill> {
    const conditions = {
      ...this.#conditions(filter, filter.symbols),
      orderId: filter.orderId ?? "",
      sortOrder: sortOrder(filter.oldestFirst),
    };
    return new List(async (pageToken) => {
      const request = { ...conditions, pageToken };
      const answer = await this.#channel.unary(OrderService.method.listFills, request, filter);
      return { items: answer.fills.map(readFill), next: answer.nextPageToken, unreachable: answer.unreachable };
    });
  }

  /** Lists open positions. */
  positions(filter: PositionFilter = {}): List<Position> {
    const conditions = this.#conditions(filter, filter.symbols);
    return new List(async (pageToken) => {
      const request = { ...conditions, pageToken };
      const answer = await this.#channel.unary(PositionService.method.listPositions, request, filter);
      return {
        items: answer.positions.map(readPosition),
        next: answer.nextPageToken,
        unreachable: answer.unreachable,
      };
    });
  }

  /**
   * Waits until an order is over, watching its stream; a broken connection is resumed.
   *
   * An INDETERMINATE order is not over. A REPLACED one is: see replacedByOrderId.
   *
   * @throws DeadlineExceededError when the timeout is over, with the last known `order`, which goes on.
   */
  async wait(order: Order, options: OrderWaitOptions = {}): Promise<Order> {
    return waitFor(this, order, options);
  }

  /** Streams every change of orders, with fills: never dropped, never conflated. */
  streamOrders(options: OrderStreamOptions = {}): Stream<OrderEvent, Order> {
    return this.#stream(orderSpec(options, this.#some(options.account)), options);
  }

  /** Streams positions: absolute state. A slow reader may get the latest only, and is told (`conflated`). */
  streamPositions(options: PositionStreamOptions = {}): Stream<PositionEvent, Position> {
    return this.#stream(positionSpec(options, this.#some(options.account)), options);
  }

  /** Streams journal entries without loss: the drop copy. It has no snapshot. */
  streamEvents(options: EventStreamOptions = {}): Stream<Event, never> {
    return this.#stream(eventSpec(options, this.#some(options.account)), options);
  }

  #stream<E, S>(spec: Spec<E, S>, options: StreamOptions): Stream<E, S> {
    const end = () => {
      stream.close();
    };
    const stream = new Stream(this.#home(end), spec, options.tokenStore, options.signal);
    return stream;
  }

  /** Opens an order session. It ends with its close(), and with the client. */
  session(): OrderSession {
    const end = () => {
      session.abort();
    };
    const home = { ...this.#home(end), timeout: this.#timeout, account: () => this.#account() };
    const session = new OrderSession(home);
    return session;
  }

  /** What something that stays open needs; `end` ends it with the client. */
  #home(end: () => void) {
    this.#channel.ensureOpen();
    this.#open.add(end);
    return { channel: this.#channel, dial: this.#dial, left: () => void this.#open.delete(end) };
  }

  /** The account that a call means: the one named, the client's own, or the only one that there is. */
  async #account(named?: string, options?: CallOptions): Promise<string> {
    if (named) return named;
    if (this.#named) return this.#named;
    this.#found ??= this.#onlyAccount().catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    const account = await this.#found;
    const signal = options?.signal;
    if (signal?.aborted) throw makeError("aborted", { code: "CANCELLED", cause: signal.reason });
    return account;
  }

  async #onlyAccount(): Promise<string> {
    return onlyAccount(await this.#channel.unary(AccountService.method.listAccounts, { pageSize: 1000 }));
  }

  /** The filter of a call over accounts: the one named, else the client's own, else all. */
  #some(named: string | undefined): string[] {
    const account = named || this.#named;
    return account ? [account] : [];
  }

  #conditions(filter: ListOptions, symbols: readonly string[] = []) {
    return { accountIds: this.#some(filter.account), symbols: [...symbols], pageSize: filter.pageSize ?? 0 };
  }
}

function onlyAccount({ accounts, unreachable }: ListAccountsResponse): string {
  if (unreachable.length > 0) {
    const message = `cannot tell which account is meant while ${unreachable.join(", ")} cannot be reached`;
    throw makeError(message, { code: "UNAVAILABLE" });
  }
  const open = accounts.filter((account) => account.status !== AccountStatus.CLOSED).map((one) => one.accountId);
  const [only] = open;
  if (only === undefined) {
    throw makeError("the gateway has no open account", { code: "NOT_FOUND", reason: "ACCOUNT_NOT_FOUND" });
  }
  if (open.length > 1) {
    const problem = `is needed, because the gateway has several: ${open.join(", ")}; connect({ account }) sets it`;
    throw invalid("account", problem, "FIELD_REQUIRED");
  }
  return only;
}

function sortOrder(oldestFirst = false): SortOrder {
  return oldestFirst ? SortOrder.OLDEST_FIRST : SortOrder.NEWEST_FIRST;
}

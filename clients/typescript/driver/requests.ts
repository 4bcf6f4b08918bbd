import {
  decimal,
  OrderType,
  Side,
  TimeInForce,
  type Decimal,
  type OrderRequest,
  type ReplaceRequest,
} from "brokerwire";

/** Numbers as text, which go through the client's own parsing. */
export interface Text {
  quantity?: string;
  limit_price?: string;
  stop_price?: string;
  take_profit?: string;
  stop_loss?: string;
}

/** The arguments of a submit. */
export interface Draft extends Text {
  symbol: string;
  side: string;
  type?: string;
  time_in_force?: string;
  client_order_id?: string;
  tags?: Record<string, string>;
}

export function orderRequest(draft: Draft): OrderRequest {
  return present({
    symbol: draft.symbol,
    side: value(Side, draft.side),
    type: value(OrderType, draft.type),
    timeInForce: value(TimeInForce, draft.time_in_force),
    clientOrderId: draft.client_order_id,
    tags: draft.tags,
    quantity: number(draft.quantity),
    limitPrice: number(draft.limit_price),
    stopPrice: number(draft.stop_price),
    takeProfit: number(draft.take_profit),
    stopLoss: number(draft.stop_loss),
  });
}

export function replaceRequest(changes: Text & { expected_version?: number }): ReplaceRequest {
  return present({
    quantity: number(changes.quantity),
    limitPrice: number(changes.limit_price),
    expectedVersion: changes.expected_version === undefined ? undefined : BigInt(changes.expected_version),
  });
}

function number(text: string | undefined): Decimal | undefined {
  return text === undefined ? undefined : decimal(text);
}

/** The value of an enum by its short name. */
export function value<E extends number>(names: Record<string, string | E>, name: string | undefined): E | undefined {
  if (name === undefined) return undefined;
  const found = names[name.toUpperCase()];
  if (typeof found !== "number") throw new Error(`no such value: ${name}`);
  return found;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined. */
export function present<T extends object>(given: T): Present<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Present<T>;
}

import { BrokerwireError, unreadable } from "./errors.js";
import type {
  CancelOrderResponse,
  ReplaceOrderResponse,
  SubmitOrderResponse,
} from "./gen/brokerwire/v1/order_service_pb.js";
import { readOrder, type Cancellation, type Replacement, type SubmittedOrder } from "./records.js";

export function readSubmitted(answer: SubmitOrderResponse): SubmittedOrder {
  const { order, deduplicated, children } = answer;
  return { ...readOrder(order), deduplicated, children: children.map(readOrder) };
}

export function readReplaced(answer: ReplaceOrderResponse): Replacement {
  return {
    order: readOrder(answer.order),
    previous: answer.previous && readOrder(answer.previous),
    outcome: answer.outcome,
    deduplicated: answer.deduplicated,
  };
}

export function readCanceled(answer: CancelOrderResponse): Cancellation {
  return { order: readOrder(answer.order), outcome: answer.outcome };
}

/** Reads a mutation's answer. One that the contract does not allow leaves open what was done. */
export function answered<M, T>(clientOrderId: string, message: M, read: (message: M) => T): T {
  try {
    return read(message);
  } catch (cause) {
    if (!(cause instanceof BrokerwireError)) throw cause;
    throw unreadable("the gateway's answer is not as the contract says", { sent: "unknown", clientOrderId, cause });
  }
}

package dev.brokerwire;

/**
 * Names an order: by the gateway's id or, found even after a lost answer, by the caller's.
 *
 * @param orderId empty if it is named by the caller's id
 * @param account empty for the client's own
 */
public record OrderKey(String orderId, String clientOrderId, String account) {

    public static OrderKey byOrderId(String orderId) {
        return new OrderKey(orderId, "", "");
    }

    public static OrderKey byClientOrderId(String clientOrderId) {
        return new OrderKey("", clientOrderId, "");
    }

    public OrderKey in(String account) {
        return new OrderKey(orderId, clientOrderId, account);
    }
}

package dev.brokerwire;

/** Whether anything may have reached the broker. */
public enum Sent {
    /** Nothing reached the broker. It is safe to try again. */
    NO,
    /** It may have. Look the order up, or submit the same again under the same client order id. */
    UNKNOWN
}

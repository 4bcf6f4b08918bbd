package dev.brokerwire;

/** Something that happened in an account. Account and sequence name it for ever. */
public sealed interface Event extends Item permits OrderEvent, PositionEvent, JournalEvent {
    String accountId();

    long sequence();
}

package dev.brokerwire;

import dev.brokerwire.v1.EventType;

/**
 * One entry of an account's journal, the record that everything else is computed from.
 *
 * @param raw has the payload
 */
public record JournalEvent(String accountId, long sequence, EventType type, dev.brokerwire.v1.Event raw)
        implements Event {

    static JournalEvent read(dev.brokerwire.v1.Event m) {
        return new JournalEvent(m.getAccountId(), m.getSequence(), m.getType(), m);
    }
}

package dev.brokerwire;

/**
 * A change of a position, as the whole position after it.
 *
 * @param conflated earlier changes were skipped, because the reader was slow
 */
public record PositionEvent(
        String accountId, long sequence, Position position, boolean conflated, dev.brokerwire.v1.PositionEvent raw)
        implements Event {

    static PositionEvent read(dev.brokerwire.v1.PositionEvent m) {
        return new PositionEvent(
                m.getAccountId(),
                m.getSequence(),
                Position.read(m.hasPosition(), m.getPosition()),
                m.getConflated(),
                m);
    }
}

package dev.brokerwire;

import java.io.IOException;

/**
 * Keeps the resume token of one stream, so that it goes on after a restart of the program. The stream's filters must
 * stay the same, or the gateway starts it over. {@link FileTokenStore} is one.
 */
public interface TokenStore {
    /** The token saved last; empty to start afresh. Asked once, before the first connection. */
    String load() throws IOException;

    /** Keeps a token. Called when all items before it have been processed; what it throws ends the stream. */
    void save(String token) throws IOException;
}

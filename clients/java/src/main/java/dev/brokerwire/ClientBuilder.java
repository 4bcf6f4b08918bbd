package dev.brokerwire;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** How to reach a gateway. */
public final class ClientBuilder {
    private String address;
    private String account = "";
    private String token;
    private Duration timeout = Duration.ofSeconds(10);
    private ChannelCredentials credentials;
    private UnaryOperator<ManagedChannelBuilder<?>> custom = UnaryOperator.identity();

    ClientBuilder() {
        String given = System.getenv("BROKERWIRE_ADDRESS");
        address = given == null || given.isEmpty() ? Target.DEFAULT_ADDRESS : given;
    }

    /** {@code host:port} or {@code unix:path}; without it BROKERWIRE_ADDRESS, else 127.0.0.1:50051. */
    public ClientBuilder address(String address) {
        this.address = Objects.requireNonNull(address);
        return this;
    }

    /** The account to work on. Without it, the only one that the gateway has is meant. */
    public ClientBuilder account(String id) {
        account = Objects.requireNonNull(id);
        return this;
    }

    /** A bearer token, sent with every call. */
    public ClientBuilder token(String token) {
        this.token = Objects.requireNonNull(token);
        return this;
    }

    /** The deadline of every unary call that has no earlier one; 10 s without it. */
    public ClientBuilder timeout(Duration timeout) {
        this.timeout = Objects.requireNonNull(timeout);
        return this;
    }

    /** Verifies the gateway by the system's certificate authorities. */
    public ClientBuilder tls() {
        return credentials(TlsChannelCredentials.create());
    }

    /** Verifies the gateway by the certificate authority in a PEM file. */
    public ClientBuilder caFile(Path pem) {
        try {
            return credentials(TlsChannelCredentials.newBuilder()
                    .trustManager(pem.toFile())
                    .build());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Credentials of grpc, for client certificates and the like. */
    public ClientBuilder credentials(ChannelCredentials credentials) {
        this.credentials = Objects.requireNonNull(credentials);
        return this;
    }

    /** The last word about the channel: an interceptor, an executor. */
    public ClientBuilder channel(UnaryOperator<ManagedChannelBuilder<?>> change) {
        custom = Objects.requireNonNull(change);
        return this;
    }

    /**
     * Makes the client; nothing is connected yet.
     *
     * @throws IllegalArgumentException an option that cannot be meant: plaintext to another machine, an address that is
     *     none
     */
    public BrokerwireClient build() {
        return new BrokerwireClient(new Target(address, credentials, token, timeout, custom), account, timeout);
    }
}

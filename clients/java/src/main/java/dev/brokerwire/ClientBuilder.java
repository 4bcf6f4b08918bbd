package dev.brokerwire;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
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
    private final Metadata headers = new Metadata();
    private Signer signer;
    private Duration timeout = Duration.ofSeconds(10);
    private ChannelCredentials credentials;
    private TlsChannelCredentials.Builder tls;
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
        return header("authorization", "Bearer " + Objects.requireNonNull(token));
    }

    /** A code of the second factor, sent with every call. A code is good for one: make such a client for one act. */
    public ClientBuilder otp(String code) {
        return header("brokerwire-otp", Objects.requireNonNull(code));
    }

    private ClientBuilder header(String name, String value) {
        if (!value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException(name + " has characters that it cannot have");
        }
        Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
        headers.discardAll(key);
        headers.put(key, value);
        return this;
    }

    /** Signs every order, replace and closing, those of stubs too. */
    public ClientBuilder signer(Signer signer) {
        this.signer = Objects.requireNonNull(signer);
        return this;
    }

    /** The deadline of every unary call that has no earlier one; 10 s without it. */
    public ClientBuilder timeout(Duration timeout) {
        this.timeout = Objects.requireNonNull(timeout);
        return this;
    }

    /** Verifies the gateway by the system's certificate authorities. */
    public ClientBuilder tls() {
        if (tls == null) {
            tls = TlsChannelCredentials.newBuilder();
        }
        return this;
    }

    /** Verifies the gateway by the certificate authority in a PEM file. */
    public ClientBuilder caFile(Path pem) {
        try {
            tls().tls.trustManager(pem.toFile());
            return this;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Proves by a certificate who calls: the files of it and of its private key (PKCS #8), both PEM. */
    public ClientBuilder clientCertificate(Path certificate, Path key) {
        try {
            tls().tls.keyManager(certificate.toFile(), key.toFile());
            return this;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Credentials of grpc, in place of all that is said here about TLS. */
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
        ChannelCredentials chosen = credentials == null && tls != null ? tls.build() : credentials;
        Target target = new Target(address, chosen, headers, signer, timeout, custom);
        return new BrokerwireClient(target, account, timeout);
    }
}

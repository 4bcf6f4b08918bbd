package dev.brokerwire;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Deadline;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.stub.MetadataUtils;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A gateway and what a connection to it needs. */
final class Target {
    static final String DEFAULT_ADDRESS = "127.0.0.1:50051";
    private static final String DEFAULT_PORT = "50051";
    private static final int MAX_MESSAGE = 16 << 20;

    final String address;
    private final boolean local;
    private final ChannelCredentials credentials;
    private final List<ClientInterceptor> interceptors = new ArrayList<>();
    private final UnaryOperator<ManagedChannelBuilder<?>> custom;

    Target(
            String given,
            ChannelCredentials credentials,
            Metadata headers,
            Signer signer,
            Duration timeout,
            UnaryOperator<ManagedChannelBuilder<?>> custom) {
        address = withPort(given);
        local = isLocal(address);
        if ((credentials == null || credentials instanceof InsecureChannelCredentials) && !local) {
            throw new IllegalArgumentException(address + " is not on this machine, and plaintext would show orders and "
                    + "tokens to the network: use tls(), or caFile() with the gateway's certificate authority");
        }
        this.credentials = credentials == null ? InsecureChannelCredentials.create() : credentials;
        this.custom = custom;
        interceptors.add(deadline(timeout));
        Metadata sent = new Metadata();
        sent.merge(headers);
        interceptors.add(MetadataUtils.newAttachHeadersInterceptor(sent));
        if (signer != null) {
            interceptors.add(signing(signer));
        }
    }

    /** A new channel; it connects when it is needed. */
    ManagedChannel open() {
        ManagedChannelBuilder<?> builder = Grpc.newChannelBuilder(uri(address), credentials)
                .intercept(interceptors)
                .defaultServiceConfig(Methods.serviceConfig())
                .disableServiceConfigLookUp()
                .enableRetry()
                .maxInboundMessageSize(MAX_MESSAGE)
                // A silent connection is found out. The gateway allows a ping every 10 s.
                .keepAliveTime(20, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS);
        if (local) {
            builder.proxyDetector(peer -> null);
        }
        if (builder instanceof NettyChannelBuilder netty) {
            netty.withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, 2000);
        }
        ManagedChannel channel = custom.apply(builder).build();
        Reconnect.watch(channel);
        return channel;
    }

    private static String uri(String address) {
        if (address.startsWith("unix:")) {
            return address;
        }
        String uri = address.startsWith("dns:") ? address : "dns:///" + address;
        return uri.replace("[", "%5B").replace("]", "%5D");
    }

    /** Every unary call has a deadline, an earlier one of its own or this. */
    private static ClientInterceptor deadline(Duration timeout) {
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                if (method.getType() != MethodDescriptor.MethodType.UNARY) {
                    return next.newCall(method, options);
                }
                Deadline latest = Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS);
                Deadline own = options.getDeadline();
                return next.newCall(method, options.withDeadline(own == null ? latest : own.minimum(latest)));
            }
        };
    }

    private static ClientInterceptor signing(Signer signer) {
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                    @Override
                    public void sendMessage(Q message) {
                        super.sendMessage(signer.signed(message));
                    }
                };
            }
        };
    }

    static String withPort(String address) {
        if (address.contains("://") && !address.startsWith("dns://") && !address.startsWith("unix://")) {
            throw new IllegalArgumentException(address + " is no gRPC address: write host:port or unix:path");
        }
        String end = address.startsWith("[") ? address.substring(address.lastIndexOf(']') + 1) : address;
        if (address.startsWith("dns://")) {
            end = address.substring(address.lastIndexOf('/') + 1);
        }
        return end.contains(":") ? address : address + ":" + DEFAULT_PORT;
    }

    static boolean isLocal(String address) {
        if (address.startsWith("unix:")) {
            return true;
        }
        String endpoint = address.startsWith("dns:") ? address.substring("dns:".length()) : address;
        endpoint = endpoint.substring(endpoint.lastIndexOf('/') + 1);
        String host = endpoint.substring(0, Math.max(0, endpoint.lastIndexOf(':')));
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        return host.equals("localhost") || isLoopbackLiteral(host);
    }

    private static boolean isLoopbackLiteral(String host) {
        if (!host.matches("[0-9]+(\\.[0-9]+){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
            return false; // a name, which is not looked up here
        }
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException none) {
            return false;
        }
    }
}

package dev.brokerwire;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import dev.brokerwire.v1.ClosePositionRequest;
import dev.brokerwire.v1.ClosePositionsRequest;
import dev.brokerwire.v1.Decimal;
import dev.brokerwire.v1.OrderCommand;
import dev.brokerwire.v1.OrderSessionRequest;
import dev.brokerwire.v1.OrderSignature;
import dev.brokerwire.v1.ReplaceOrderRequest;
import dev.brokerwire.v1.SubmitOrderRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Signs orders, replaces and closings, for accounts that take signed orders only. It never shows its key. */
public final class Signer {
    private static final String HEADER = "brokerwire-signature-v1";
    private static final String ALGORITHM = "Ed25519";
    private static final Duration LIFETIME = Duration.ofSeconds(20);

    private final PrivateKey key;
    private final String keyId;
    private final Clock clock;

    /**
     * Signs with an Ed25519 key; {@code keyId} is the name that the gateway gave its public half. A signature is good for
     * 20 s.
     *
     * @throws IllegalArgumentException it is another kind of key
     */
    public Signer(PrivateKey key, String keyId) {
        this(key, keyId, Clock.systemUTC());
    }

    Signer(PrivateKey key, String keyId, Clock clock) {
        if (!key.getAlgorithm().equals("EdDSA") && !key.getAlgorithm().equals(ALGORITHM)) {
            throw new IllegalArgumentException("a signing key is Ed25519, not " + key.getAlgorithm());
        }
        this.key = key;
        this.keyId = Objects.requireNonNull(keyId);
        this.clock = clock;
    }

    /** Signs with the private key in a PEM file (PKCS #8, not encrypted). */
    public static Signer fromFile(Path pem, String keyId) {
        try {
            String body = Files.readString(pem).replaceAll("-----[A-Z ]+-----|\\s", "");
            byte[] der = Base64.getDecoder().decode(body);
            return new Signer(KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(der)), keyId);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (GeneralSecurityException | IllegalArgumentException failure) {
            // Without the cause: its text might quote what is in the file.
            throw new IllegalArgumentException(pem + " holds no Ed25519 key in PKCS #8 as PEM");
        }
    }

    /**
     * Returns a request that is complete otherwise with a signature, in place of an earlier one. Requests that are never
     * signed come back as they are. The client does this by itself; call it for messages that are sent in another way.
     */
    @SuppressWarnings("unchecked") // each case returns the type that it was given
    public <M> M signed(M request) {
        if (request instanceof SubmitOrderRequest submit && submit.hasOrder()) {
            return (M) submit.toBuilder()
                    .setOrder(withSignature(submit.getOrder()))
                    .build();
        }
        if (request instanceof OrderSessionRequest session) {
            var commands =
                    session.getCommandsList().stream().map(this::signedCommand).toList();
            return (M)
                    session.toBuilder().clearCommands().addAllCommands(commands).build();
        }
        boolean carries = request instanceof dev.brokerwire.v1.OrderRequest
                || request instanceof ReplaceOrderRequest
                || request instanceof ClosePositionRequest
                || request instanceof ClosePositionsRequest;
        return carries ? (M) withSignature((Message) request) : request;
    }

    private OrderCommand signedCommand(OrderCommand command) {
        return switch (command.getCommandCase()) {
            case SUBMIT ->
                command.toBuilder()
                        .setSubmit(withSignature(command.getSubmit()))
                        .build();
            case REPLACE ->
                command.toBuilder()
                        .setReplace(withSignature(command.getReplace()))
                        .build();
            default -> command;
        };
    }

    @SuppressWarnings("unchecked")
    private <M extends Message> M withSignature(M request) {
        Instant expires = clock.instant().plus(LIFETIME);
        OrderSignature.Builder signature = OrderSignature.newBuilder()
                .setKeyId(keyId)
                .setExpireTime(Timestamp.newBuilder()
                        .setSeconds(expires.getEpochSecond())
                        .setNanos(expires.getNano()));
        FieldDescriptor field = request.getDescriptorForType().findFieldByName("signature");
        Message unsigned =
                request.toBuilder().setField(field, signature.build()).build();
        signature.setSignature(ByteString.copyFrom(sign(canonicalText(unsigned))));
        return (M) request.toBuilder().setField(field, signature.build()).build();
    }

    private byte[] sign(String text) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(text.getBytes(StandardCharsets.UTF_8));
            return signature.sign();
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException("the key cannot sign", failure);
        }
    }

    @Override
    public String toString() {
        return "Signer(" + keyId + ")";
    }

    /** What is signed of a request, as OrderSignature defines it. Fields that are not known are not in it. */
    public static String canonicalText(Message request) {
        List<String> lines =
                new ArrayList<>(List.of(HEADER, request.getDescriptorForType().getName()));
        addLines(lines, request, "");
        return String.join("\n", lines) + "\n";
    }

    private static void addLines(List<String> lines, Message message, String path) {
        // In the order of field numbers, and without fields that are absent.
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            String name = path + field.getName();
            if (field.getFullName().equals("brokerwire.v1.OrderSignature.signature")) {
                continue;
            }
            if (field.isMapField()) {
                addEntries(lines, field, (List<?>) entry.getValue(), name);
            } else if (field.isRepeated()) {
                int index = 0;
                for (Object element : (List<?>) entry.getValue()) {
                    addValue(lines, element, name + "[" + index++ + "]");
                }
            } else {
                addValue(lines, entry.getValue(), name);
            }
        }
    }

    private static void addEntries(List<String> lines, FieldDescriptor field, List<?> entries, String path) {
        FieldDescriptor key = field.getMessageType().findFieldByName("key");
        FieldDescriptor value = field.getMessageType().findFieldByName("value");
        List<Message> sorted = new ArrayList<>();
        entries.forEach(entry -> sorted.add((Message) entry));
        sorted.sort((one, other) -> Arrays.compareUnsigned(utf8(one.getField(key)), utf8(other.getField(key))));
        for (int index = 0; index < sorted.size(); index++) {
            String at = path + "[" + index + "]";
            lines.add(at + ".key=" + escaped(sorted.get(index).getField(key)));
            lines.add(at + ".value=" + escaped(sorted.get(index).getField(value)));
        }
    }

    private static void addValue(List<String> lines, Object value, String path) {
        if (value instanceof Decimal decimal) {
            lines.add(path + "=" + escaped(decimal.getValue()));
        } else if (value instanceof Timestamp time) {
            lines.add(path + "=" + (time.getSeconds() * 1_000_000_000L + time.getNanos()));
        } else if (value instanceof Message message) {
            int before = lines.size();
            addLines(lines, message, path + ".");
            if (lines.size() == before) {
                lines.add(path + "=");
            }
        } else if (value instanceof EnumValueDescriptor named) {
            lines.add(path + "=" + (named.getIndex() < 0 ? named.getNumber() : named.getName()));
        } else {
            lines.add(path + "=" + escaped(value));
        }
    }

    private static byte[] utf8(Object text) {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String escaped(Object value) {
        return value.toString().replace("\\", "\\\\").replace("\n", "\\n");
    }
}

package dev.brokerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.brokerwire.v1.CancelOrderRequest;
import dev.brokerwire.v1.ClosePositionRequest;
import dev.brokerwire.v1.ClosePositionsRequest;
import dev.brokerwire.v1.OrderCommand;
import dev.brokerwire.v1.OrderSessionRequest;
import dev.brokerwire.v1.OrderSignature;
import dev.brokerwire.v1.ReplaceOrderRequest;
import dev.brokerwire.v1.SubmitOrderRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignerTest {
    private static final Map<String, Parser<? extends Message>> PARSERS = Map.of(
            "OrderRequest", dev.brokerwire.v1.OrderRequest.parser(),
            "ReplaceOrderRequest", ReplaceOrderRequest.parser(),
            "ClosePositionRequest", ClosePositionRequest.parser(),
            "ClosePositionsRequest", ClosePositionsRequest.parser());

    /** The vectors that the clients of all languages share. */
    private final JsonObject shared;

    private final PrivateKey key;
    private final byte[] der;
    private final Signer signer;

    SignerTest() throws Exception {
        Path file = Path.of("../../tests/vectors/signatures.json");
        shared = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        String seed = shared.get("seed").getAsString();
        der = HexFormat.of().parseHex("302e020100300506032b657004220420" + seed);
        key = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
        long now = shared.get("now").getAsLong();
        Clock clock = Clock.fixed(Instant.ofEpochSecond(0, now), ZoneOffset.UTC);
        signer = new Signer(key, shared.get("key_id").getAsString(), clock);
    }

    @Test
    void aRequestHasTheTextAndSignatureOfItsVector() throws IOException {
        assertTrue(shared.getAsJsonArray("vectors").size() >= 10);
        for (JsonElement element : shared.getAsJsonArray("vectors")) {
            JsonObject vector = element.getAsJsonObject();
            String about = vector.get("about").getAsString();
            byte[] encoded = Base64.getDecoder().decode(vector.get("request").getAsString());
            Message request = PARSERS.get(vector.get("message").getAsString()).parseFrom(ByteString.copyFrom(encoded));
            Message signed = signer.signed(request);
            assertEquals(vector.get("text").getAsString(), Signer.canonicalText(signed), about);
            var field = signed.getDescriptorForType().findFieldByName("signature");
            byte[] signature =
                    ((OrderSignature) signed.getField(field)).getSignature().toByteArray();
            assertEquals(vector.get("signature").getAsString(), HexFormat.of().formatHex(signature), about);
        }
    }

    @Test
    void aSubmitIsSignedInItsOrderASessionsCommandsEachAndACancelNotAtAll() {
        var order =
                dev.brokerwire.v1.OrderRequest.newBuilder().setAccountId("a").build();
        var submit =
                signer.signed(SubmitOrderRequest.newBuilder().setOrder(order).build());
        assertEquals(64, submit.getOrder().getSignature().getSignature().size());
        var cancel = CancelOrderRequest.newBuilder().setAccountId("a").build();
        assertSame(cancel, signer.signed(cancel));
        var session = signer.signed(OrderSessionRequest.newBuilder()
                .addCommands(OrderCommand.newBuilder().setCommandId(7).setSubmit(order))
                .addCommands(OrderCommand.newBuilder().setReplace(ReplaceOrderRequest.getDefaultInstance()))
                .addCommands(OrderCommand.newBuilder().setCancel(cancel))
                .build());
        assertTrue(session.getCommands(0).getSubmit().hasSignature());
        assertEquals(7, session.getCommands(0).getCommandId());
        assertTrue(session.getCommands(1).getReplace().hasSignature());
        assertEquals(cancel, session.getCommands(2).getCancel());
    }

    @Test
    void aSignerReadsAKeyFileAndShowsNoKey(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("key.pem");
        Files.writeString(
                file,
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(der)
                        + "\n-----END PRIVATE KEY-----\n");
        Signer read = Signer.fromFile(file, "sk_1");
        assertEquals("Signer(sk_1)", read.toString());
        assertTrue(
                read.signed(dev.brokerwire.v1.OrderRequest.getDefaultInstance()).hasSignature());
        Files.writeString(file, "secret");
        var refusal = assertThrows(IllegalArgumentException.class, () -> Signer.fromFile(file, "sk_1"));
        assertFalse(refusal.getMessage().contains("secret"));
    }

    @Test
    void aKeyOfAnotherKindIsRefused() throws Exception {
        PrivateKey other = KeyPairGenerator.getInstance("EC").generateKeyPair().getPrivate();
        assertThrows(IllegalArgumentException.class, () -> new Signer(other, "sk_1"));
    }
}

package dev.brokerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.InsecureChannelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
    @ParameterizedTest
    @CsvSource({
        "gateway, gateway:50051",
        "gateway:1, gateway:1",
        "[::1], [::1]:50051",
        "[::1]:7, [::1]:7",
        "unix:/run/gateway, unix:/run/gateway",
        "dns:///gateway, dns:///gateway:50051"
    })
    void anAddressGetsThePortThatItLacks(String given, String address) {
        assertEquals(address, Target.withPort(given));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://gateway", "https://gateway:1", "tcp://127.0.0.1:1"})
    void otherSchemesAreRefused(String address) {
        assertThrows(IllegalArgumentException.class, () -> Target.withPort(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/run/gateway", "dns:///localhost:1"
            })
    void plaintextIsForThisMachine(String address) {
        assertTrue(Target.isLocal(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1:1", "gateway:1", "localhost.example:1", "127.0.0.1.example:1", "[2001:db8::1]:1"})
    void plaintextToOthersIsRefusedBeforeAConnectionIsMade(String address) {
        var builder = BrokerwireClient.builder().address(address).token("secret");
        var refusal = assertThrows(IllegalArgumentException.class, builder::build);
        assertTrue(refusal.getMessage().contains("tls()"), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("secret"));
        builder.tls().build().close();
        builder.credentials(InsecureChannelCredentials.create());
        assertThrows(IllegalArgumentException.class, builder::build);
    }

    @Test
    void whatIsNoTokenIsRefusedWithoutBeingShown() {
        var builder = BrokerwireClient.builder();
        for (String text : new String[] {"secret\n", "secr\u00e9t"}) {
            for (Executable option : new Executable[] {() -> builder.token(text), () -> builder.otp(text)}) {
                var refusal = assertThrows(IllegalArgumentException.class, option);
                assertFalse(refusal.getMessage().contains("secr"));
            }
        }
    }

    @Test
    void everyServiceOfTheContractIsKnown() throws IOException {
        Set<String> known = Methods.SERVICES.stream()
                .map(service -> service.getName().replaceAll(".*\\.", ""))
                .collect(Collectors.toSet());
        try (var files = Files.list(Path.of("../../proto/brokerwire/v1"))) {
            long services = files.filter(file -> file.toString().endsWith("_service.proto"))
                    .count();
            assertEquals(services, known.size());
        }
        assertTrue(known.contains("OrderService"));
    }

    @Test
    void unaryReadsAreRetriedAndNothingElse() {
        String config = Methods.serviceConfig().toString();
        assertTrue(config.contains("GetOrder"));
        assertTrue(config.contains("ListPositions"));
        assertFalse(config.contains("SubmitOrder"));
        assertFalse(config.contains("CancelOrder"));
        assertFalse(config.contains("Stream"));
    }
}

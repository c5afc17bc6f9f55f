package io.holdfast.notifications.amqp;

import static io.holdfast.notifications.Facts.BLUE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Fact;
import io.holdfast.notifications.AmqpSettings;
import io.holdfast.notifications.Facts;
import io.holdfast.notifications.NovaViews;
import io.holdfast.notifications.core.Oslo;
import io.holdfast.notifications.sim.InMemoryLedger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AmqpSinkTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Map<String, Object> INSTANCE = Map.of("uuid", "u", "state", "active");
    private static final NovaViews NOTHING = new NovaViews() {
        @Override
        public Optional<Map<String, Object>> instance(UUID instance) {
            return Optional.empty();
        }

        @Override
        public Optional<Map<String, Object>> service(String host) {
            return Optional.empty();
        }
    };

    private final InMemoryLedger ledger = new InMemoryLedger();

    @Test
    void aBrokerThatHangsUpIsTriedAgainAndThePlaceStays() throws Exception {
        try (ServerSocket broken = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            AmqpSettings settings = new AmqpSettings(
                    URI.create("amqp://guest@127.0.0.1:" + broken.getLocalPort()), null, "nova", "versioned", true);
            AmqpSink sink =
                    new AmqpSink(ledger, NOTHING, settings, () -> "guest", Duration.ofMillis(20), Clock.systemUTC());
            sink.start();
            await().atMost(LIMIT).until(() -> ledger.place(AmqpSink.NAME) == 0);
            ledger.append(Facts.of("host.joined", "host/h1", null));
            ledger.dispatch(10, Instant.now());
            sink.wake();
            for (int attempt = 0; attempt < 2; attempt++) {
                Socket caller = broken.accept();
                assertThat(caller.getInputStream().readNBytes(4)).asString().isEqualTo("AMQP");
                caller.close();
            }
            assertThat(ledger.place(AmqpSink.NAME)).isZero();
            sink.close();
        }
    }

    @Test
    void whatNovaHasAWordForIsSaidInItsWordsToo() throws Exception {
        assertThat(types("instance.evacuating")).containsExactly("instance.evacuate", "holdfast.instance.evacuating");
        assertThat(types("instance.recovered")).containsExactly("instance.rebuild.end", "holdfast.instance.recovered");
        assertThat(types("instance.suspected")).containsExactly("instance.update", "holdfast.instance.suspected");
        assertThat(types("instance.needs-operator"))
                .containsExactly("instance.rebuild.error", "compute.exception", "holdfast.instance.needs-operator");
        Fact ofHost = Facts.of("host.fenced", "host/h1", null);
        List<Oslo.Notification> said = Oslo.of(ofHost, Optional.empty(), Optional.of(Map.of("host", "h1")));
        assertThat(said)
                .extracting(Oslo.Notification::eventType)
                .containsExactly("service.update", "holdfast.host.fenced");
        assertThat(said).extracting(Oslo.Notification::priority).containsExactly("info", "warn");
        assertThat(Oslo.of(ofHost, Optional.empty(), Optional.of(Map.of())))
                .as("the same ids, whenever it is said again")
                .extracting(Oslo.Notification::id)
                .isEqualTo(said.stream().map(Oslo.Notification::id).toList());
        assertThat(Oslo.of(ofHost, Optional.empty(), Optional.empty())).hasSize(1);

        JsonNode envelope = new ObjectMapper().readTree(AmqpSink.body(said.getFirst()));
        assertThat(envelope.path("oslo.version").asText()).isEqualTo("2.0");
        JsonNode message =
                new ObjectMapper().readTree(envelope.path("oslo.message").asText());
        assertThat(message.path("priority").asText()).isEqualTo("INFO");
        assertThat(message.at("/payload/nova_object.name").asText()).isEqualTo("ServiceStatusPayload");
        assertThat(message.at("/payload/nova_object.namespace").asText()).isEqualTo("nova");
        assertThat(message.at("/payload/nova_object.version").asText()).isEqualTo("1.1");
        assertThat(message.at("/payload/nova_object.data/host").asText()).isEqualTo("h1");
    }

    @Test
    void settingsRefuseWhatCannotWorkAndRepeatNoPassword() {
        for (String url : List.of("http://b/", "amqp:///x", "nonsense")) {
            assertThatThrownBy(() -> new AmqpSettings(URI.create(url), null, "nova", "t", true))
                    .hasMessageContaining("notifications.amqp.url");
        }
        assertThatThrownBy(() -> new AmqpSettings(URI.create("amqp://u:secret@b"), null, "nova", "t", true))
                .hasMessageContaining("password-file")
                .message()
                .doesNotContain("secret");
        assertThatThrownBy(() -> new AmqpSettings(URI.create("amqp://b"), null, "a b", "t", true))
                .hasMessageContaining("exchange");
        assertThatThrownBy(() -> new AmqpSettings(URI.create("amqp://b"), null, "nova", "", true))
                .hasMessageContaining("topic");
    }

    private static List<String> types(String type) {
        return Oslo.of(Facts.of(type, "instance/1", BLUE), Optional.of(INSTANCE), Optional.of(Map.of())).stream()
                .map(Oslo.Notification::eventType)
                .toList();
    }
}

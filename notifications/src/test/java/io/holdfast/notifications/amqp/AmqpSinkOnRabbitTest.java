package io.holdfast.notifications.amqp;

import static io.holdfast.notifications.Facts.BLUE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Fact;
import io.holdfast.notifications.AmqpSettings;
import io.holdfast.notifications.Facts;
import io.holdfast.notifications.NovaViews;
import io.holdfast.notifications.sim.InMemoryLedger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's RabbitMQ, and pika as the consumer. */
@Tag("lab")
class AmqpSinkOnRabbitTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final String CONSUMER = """
            import json, pika, sys
            port, queue, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
            connection = pika.BlockingConnection(pika.ConnectionParameters('127.0.0.1', port))
            channel = connection.channel()
            for method, properties, body in channel.consume(queue, inactivity_timeout=30):
                if method is None:
                    break
                print(json.dumps({'key': method.routing_key, 'mode': properties.delivery_mode,
                                  'body': json.loads(body)}), flush=True)
                channel.basic_ack(method.delivery_tag)
                count -= 1
                if count == 0:
                    break
            connection.close()
            """;

    @TempDir
    Path directory;

    private final InMemoryLedger ledger = new InMemoryLedger();
    private final NovaViews views = new NovaViews() {
        @Override
        public Optional<Map<String, Object>> instance(UUID instance) {
            return Optional.of(Map.of("uuid", instance.toString(), "state", "active"));
        }

        @Override
        public Optional<Map<String, Object>> service(String host) {
            return Optional.of(Map.of("host", host, "binary", "nova-compute"));
        }
    };

    @Test
    void nothingIsLostWhileTheBrokerIsAwayAndAStockConsumerReadsAllOfIt() throws Exception {
        try (RabbitMq broker = new RabbitMq(directory)) {
            AmqpSink sink = sink(broker.port());
            sink.start();
            try {
                // The place at the start is the newest: what was before is history.
                await().atMost(LIMIT).until(() -> published() == 0);
                String id = UUID.randomUUID().toString();
                tell(
                        Facts.of("host.condemned", "host/h1", null),
                        Facts.of("instance.recovered", "instance/" + id, BLUE));
                sink.wake();
                await().atMost(LIMIT).until(() -> published() == 2);

                broker.kill();
                Set<String> told = new HashSet<>();
                for (int i = 0; i < 300; i++) {
                    Fact fact = Facts.of("host.joined", "host/h1", null);
                    told.add(fact.id().toString());
                    tell(fact);
                }
                sink.wake();
                broker.start();
                await().atMost(LIMIT).until(() -> published() == 302);

                // Each fact once as Nova's event and once as ours, of which one is an error; what was published before
                // the cut is there, too.
                List<JsonNode> info = consume(broker.port(), "versioned_notifications.info", 603);
                assertThat(types(info))
                        .contains("service.update", "instance.rebuild.end", "holdfast.instance.recovered");
                Set<String> heard = new HashSet<>();
                info.forEach(
                        one -> heard.add(one.at("/payload/nova_object.data/id").asText()));
                assertThat(heard).containsAll(told);
                JsonNode rebuilt = info.stream()
                        .filter(one -> one.path("event_type").asText().equals("instance.rebuild.end"))
                        .findFirst()
                        .orElseThrow();
                assertThat(rebuilt.at("/payload/nova_object.name").asText()).isEqualTo("InstanceActionRebuildPayload");
                assertThat(rebuilt.at("/payload/nova_object.data/uuid").asText())
                        .isEqualTo(id);
                assertThat(rebuilt.path("publisher_id").asText()).isEqualTo("nova-compute:h1");
                assertThat(rebuilt.path("timestamp").asText())
                        .matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6}");
                List<JsonNode> errors = consume(broker.port(), "versioned_notifications.error", 1);
                assertThat(types(errors)).containsExactly("holdfast.host.condemned");
            } finally {
                sink.close();
            }
        }
    }

    private AmqpSink sink(int port) {
        AmqpSettings settings = new AmqpSettings(
                URI.create("amqp://guest@127.0.0.1:" + port + "/"), null, "nova", "versioned_notifications", true);
        return new AmqpSink(ledger, views, settings, () -> "guest", Duration.ofMillis(100), Clock.systemUTC());
    }

    private void tell(Fact... facts) {
        for (Fact fact : facts) {
            ledger.append(fact);
        }
        ledger.dispatch(1000, Instant.now());
    }

    /** How far the sink has come. */
    private long published() {
        return ledger.place(AmqpSink.NAME);
    }

    private static List<String> types(List<JsonNode> messages) {
        return messages.stream().map(one -> one.path("event_type").asText()).toList();
    }

    private List<JsonNode> consume(int port, String queue, int count) throws Exception {
        Path script = Files.writeString(directory.resolve("consumer.py"), CONSUMER);
        Path output = directory.resolve(queue + ".json");
        Process consumer = new ProcessBuilder(
                        "/usr/bin/python3", script.toString(), String.valueOf(port), queue, String.valueOf(count))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(output.toFile())
                .start();
        assertThat(consumer.waitFor(60, TimeUnit.SECONDS)).isTrue();
        List<JsonNode> messages = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            JsonNode read = JSON.readTree(line);
            assertThat(read.path("mode").asInt()).isEqualTo(2);
            assertThat(read.path("key").asText()).isEqualTo(queue);
            assertThat(read.at("/body/oslo.version").asText()).isEqualTo("2.0");
            messages.add(JSON.readTree(read.at("/body/oslo.message").asText()));
        }
        assertThat(messages).hasSizeGreaterThanOrEqualTo(count);
        return messages;
    }
}

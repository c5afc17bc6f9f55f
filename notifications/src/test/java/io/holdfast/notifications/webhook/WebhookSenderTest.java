package io.holdfast.notifications.webhook;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhookSenderTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private WebhookSender sender(Duration timeout) {
        return new WebhookSender(vertx, new Destinations(List.of(), List.of()), timeout, 4, Clock.systemUTC());
    }

    /** The loopback address is forbidden to owners, and our own listener is on it all the same. */
    @ParameterizedTest
    @CsvSource({"1, 16", "7, 3", "16, 16", "40, 16"})
    void rehearsesOnItsOwnListenerAlsoMoreAtOnceThanItHasConnections(int attempts, int together) {
        try (WebhookSender sender = sender(Duration.ofSeconds(10))) {
            assertThatCode(() -> sender.warmUp(attempts, together)).doesNotThrowAnyException();
        }
    }

    @Test
    void saysSoWhenTheRehearsalFails() {
        try (WebhookSender sender = sender(Duration.ofMillis(1))) {
            assertThatThrownBy(() -> sender.warmUp(5_000, 5_000)).isInstanceOf(IllegalStateException.class);
        }
    }
}

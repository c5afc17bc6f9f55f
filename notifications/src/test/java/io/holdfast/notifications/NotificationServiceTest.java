package io.holdfast.notifications;

import static io.holdfast.notifications.Facts.BLUE;
import static io.holdfast.notifications.Facts.RED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.notifications.sim.InMemoryLedger;
import io.holdfast.notifications.sim.WebhookReceiver;
import io.holdfast.notifications.sim.WebhookReceiver.Received;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NotificationServiceTest {

    private static final String SECRET = "a secret of the owner";
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Actor ANN = new Actor("ann", "api");

    private final Vertx vertx = Vertx.vertx();
    private final InMemoryLedger ledger = new InMemoryLedger();
    private WebhookReceiver receiver;
    private NotificationService service;

    @BeforeEach
    void start() {
        receiver = WebhookReceiver.start(vertx, "127.0.0.1", 0, SECRET, Clock.systemUTC());
        service = service();
        service.start();
    }

    @AfterEach
    void stop() {
        service.close();
        receiver.close();
        vertx.close().await();
    }

    @Test
    void aFactOfTheOutboxReachesItsOwnerSignedAndOnce() throws Exception {
        service.add(BLUE, receiver.url(), List.of("instance."), SECRET, ANN);
        Fact fact = Facts.of("instance.lost", "instance/1", BLUE);
        ledger.append(Facts.of("instance.lost", "instance/2", RED));
        ledger.append(Facts.of("host.lost", "host/h1", BLUE));
        ledger.append(fact);
        service.wake();

        Received got = receiver.await(one -> one.id().equals(fact.id()), LIMIT).orElseThrow();
        assertThat(got.verified()).isTrue();
        assertThat(got.type()).isEqualTo("instance.lost");
        assertThat(got.project()).isEqualTo("blue");
        assertThat(got.attempt()).isEqualTo(1);
        assertThat(got.data()).isEqualTo(fact.data());
        await().atMost(LIMIT).until(() -> service.list(null).getFirst().pending() == 0);
        assertThat(receiver.received()).hasSize(1);
    }

    @Test
    void tellsFromMemoryAtOnceAndRecordsItWithoutTellingTwice() throws Exception {
        service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
        List<Feed.Numbered> heard = new CopyOnWriteArrayList<>();
        service.listen(BLUE, heard::add);
        Fact fact = Facts.suspected("host/h1", BLUE);
        service.tellNow(List.of(fact));

        assertThat(receiver.await(one -> one.id().equals(fact.id()), LIMIT)).isPresent();
        await().atMost(LIMIT).until(() -> heard.size() == 2);
        assertThat(heard).extracting(Feed.Numbered::number).containsExactly(-1L, 1L);
        await().atMost(LIMIT).until(() -> service.list(null).getFirst().pending() == 0);
        assertThat(receiver.received()).hasSize(1);
        assertThat(service.after(0, BLUE, 10)).extracting(Feed.Numbered::fact).containsExactly(fact);
    }

    @Test
    void tellsWhileTheDatabaseIsDownAndRecordsLater() throws Exception {
        service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
        ledger.fail(new IllegalStateException("the database is down"));
        Fact fact = Facts.suspected("host/h1", BLUE);
        service.tellNow(List.of(fact));
        assertThat(receiver.await(one -> one.id().equals(fact.id()), LIMIT)).isPresent();

        ledger.fail(null);
        await().atMost(LIMIT).until(() -> ledger.after(0, null, 1).size() == 1);
        await().atMost(LIMIT).until(() -> service.list(null).getFirst().pending() == 0);
        assertThat(receiver.received()).hasSize(1);
    }

    @Test
    void aFailedImmediateAttemptIsTriedAgainAndLaterFactsOfTheSubjectWaitForIt() throws Exception {
        service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
        receiver.answerWith(503);
        Fact suspected = Facts.suspected("host/h1", BLUE);
        Fact cleared = Facts.of("host.cleared", "host/h1", BLUE);
        Fact lost = Facts.of("host.lost", "host/h1", BLUE);
        service.tellNow(List.of(suspected));
        service.tellNow(List.of(cleared));
        assertThat(receiver.await(one -> one.id().equals(suspected.id()), LIMIT))
                .isPresent();
        await().atMost(LIMIT).until(() -> ledger.after(0, null, 9).size() == 2);
        ledger.append(lost);
        service.wake();
        receiver.answerWith(204);

        assertThat(receiver.await(one -> one.id().equals(lost.id()), LIMIT)).isPresent();
        List<String> order =
                receiver.received().stream().map(Received::type).distinct().toList();
        assertThat(order).containsExactly("host.suspected", "host.cleared", "host.lost");
        await().atMost(LIMIT).until(() -> service.list(null).getFirst().pending() == 0);
    }

    @Test
    void redirectsAreNotFollowedAndErrorsAreShown() {
        service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
        receiver.answerWith(302);
        ledger.append(Facts.suspected("host/h1", BLUE));
        service.wake();
        await().atMost(LIMIT)
                .until(() -> service.list(BLUE).getFirst().lastError().contains("redirects are not followed"));
    }

    @Test
    void aReceiverThatSaysGoneIsDisabled() {
        service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
        receiver.answerWith(410);
        ledger.append(Facts.suspected("host/h1", BLUE));
        service.wake();
        await().atMost(LIMIT)
                .until(() -> service.list(BLUE).getFirst().lastError().startsWith("disabled"));
        assertThat(service.list(BLUE).getFirst().dead()).isEqualTo(1);
    }

    @Test
    void aDeliveryThatFailsTooOftenIsDeadAndTheNextOneGoes() throws Exception {
        service.add(BLUE, receiver.url(), List.of(), "another secret entirely", ANN);
        ledger.append(Facts.suspected("host/h1", BLUE));
        service.wake();
        await().atMost(LIMIT).until(() -> service.list(BLUE).getFirst().dead() == 1);
        assertThat(receiver.received()).hasSize(4).noneMatch(Received::verified);
        assertThat(service.list(BLUE).getFirst().lastError())
                .contains("4 attempts")
                .contains("401");
    }

    @Test
    void whatAnEarlierProcessLeftIsDeliveredOnStart() throws Exception {
        service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
        service.close();
        Fact fact = Facts.suspected("host/h1", BLUE);
        ledger.append(fact);
        service = service();
        service.start();
        assertThat(receiver.await(one -> one.id().equals(fact.id()), LIMIT)).isPresent();
    }

    @Test
    void aHangingReceiverDelaysNobodyElse() throws Exception {
        try (java.net.ServerSocket silent =
                new java.net.ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress())) {
            service.add(
                    BLUE,
                    java.net.URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/"),
                    List.of(),
                    SECRET,
                    ANN);
            service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
            List<Fact> facts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                facts.add(Facts.suspected("instance/" + i, BLUE));
            }
            long start = System.nanoTime();
            service.tellNow(facts);
            await().atMost(LIMIT).until(() -> receiver.received().size() == 100);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        }
    }

    @Test
    void refusesSecretsAndAddressesThatAreNotGood() {
        assertThatThrownBy(() -> service.add(BLUE, receiver.url(), List.of(), "short", ANN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16");
        assertThatThrownBy(
                        () -> service.add(BLUE, java.net.URI.create("http://169.254.169.254/"), List.of(), SECRET, ANN))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> service.add(BLUE, receiver.url(), List.of(""), SECRET, ANN))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(service.list(null)).isEmpty();
    }

    @Test
    void tellingTakesAFewMillisecondsOnAWarmConnection() throws Exception {
        service.add(BLUE, receiver.url(), List.of(), SECRET, ANN);
        List<Long> micros = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Fact fact = Facts.suspected("host/h" + i, BLUE);
            long told = System.nanoTime();
            service.tellNow(List.of(fact));
            Received got =
                    receiver.await(one -> one.id().equals(fact.id()), LIMIT).orElseThrow();
            micros.add((got.receivedNanos() - told) / 1000);
        }
        List<Long> warm = micros.subList(100, 200).stream().sorted().toList();
        System.out.printf(
                "told -> received: first %d us; warm p50 %d us, p95 %d us, max %d us%n",
                micros.getFirst(), warm.get(50), warm.get(95), warm.get(99));
        assertThat(warm.get(50)).isLessThan(50_000L);
    }

    private NotificationService service() {
        NotificationSettings defaults = NotificationSettings.defaults();
        NotificationSettings settings = new NotificationSettings(
                Duration.ofSeconds(2),
                Duration.ofMillis(20),
                Duration.ofMillis(50),
                4,
                Duration.ofHours(1),
                Duration.ofMillis(50),
                4,
                16,
                1000,
                5,
                List.of("127.0.0.0/8"),
                defaults.deniedNetworks(),
                defaults.retention());
        return new NotificationService(vertx, ledger, settings, Clock.systemUTC(), RandomGenerator.getDefault());
    }
}

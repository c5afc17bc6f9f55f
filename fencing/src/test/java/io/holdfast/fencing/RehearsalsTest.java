package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.InMemoryReadinessBook;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rehearsals from time to time and by hand: who has them, what is remembered, who is told. */
@Timeout(60)
final class RehearsalsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final SegmentId SEGMENT = SegmentId.of("default");
    private static final Duration OFTEN = Duration.ofMillis(50);
    private static final Duration ROOM = Duration.ofSeconds(1);

    private final SimulatedPower power = SimulatedPower.inRealTime((_, _) -> {});
    private final InMemoryReadinessBook book = new InMemoryReadinessBook();
    private final List<HostId> lookedAfter = new CopyOnWriteArrayList<>(List.of(H1));
    private final List<HostId> inCase = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable LeaderEpoch> epoch = new AtomicReference<>(LeaderEpoch.of(1));
    private final AtomicInteger told = new AtomicInteger();
    private @Nullable Rehearsals running;

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
    }

    @Test
    void whoeverIsLookedAfterIsRehearsedAgainAndAgain() {
        start(OFTEN);

        await().until(() -> book.find(H1).isPresent());
        Instant first = book.find(H1).orElseThrow().check().at();
        await().until(() -> book.find(H1).orElseThrow().check().at().isAfter(first));
        assertThat(book.find(H1).orElseThrow().state()).isEqualTo(FenceReadiness.State.READY);
        assertThat(book.facts()).isEmpty();
        assertThat(power.hasPower(H1)).isTrue();
    }

    @Test
    void aHostWhoseOnlyDeviceFailsIsToldOnceAndToldWellOnce() {
        power.fault(H1, new PowerFault.WrongPassword());
        start(OFTEN);

        await().until(() -> book.facts().size() == 1);
        Fact fact = book.facts().getFirst();
        assertThat(fact.type()).isEqualTo("host.fence-unready");
        assertThat(fact.subject()).isEqualTo("host/h1");
        assertThat(fact.project()).isNull();
        assertThat(String.valueOf(fact.data().get("reason"))).contains("refused login");
        Instant then = book.find(H1).orElseThrow().check().at();
        await().until(() -> book.find(H1).orElseThrow().check().at().isAfter(then.plus(OFTEN)));
        assertThat(book.facts()).hasSize(1);

        power.fault(H1, new PowerFault.None());
        await().until(() -> book.facts().size() == 2);
        assertThat(book.facts().getLast().type()).isEqualTo("host.fence-ready");
        await().until(() -> told.get() == 2);
    }

    @Test
    void aNewLeaderGoesOnFromWhatIsRememberedAndTellsNothingTwice() {
        power.fault(H1, new PowerFault.WrongPassword());
        start(OFTEN);
        await().until(() -> book.facts().size() == 1);
        stop();

        epoch.set(LeaderEpoch.of(2));
        Instant before = book.find(H1).orElseThrow().check().at();
        start(OFTEN);

        await().until(() -> book.find(H1).orElseThrow().check().at().isAfter(before.plus(OFTEN)));
        assertThat(book.facts()).hasSize(1);
    }

    @Test
    void onlyTheLeaderRehearses() throws Exception {
        epoch.set(null);
        Rehearsals rehearsals = start(OFTEN);

        assertThat(rehearsals.now(H1)).isEqualTo(new Rehearsal.Answer.NotNow("this controller does not lead"));
        assertThat(book.all()).isEmpty();

        epoch.set(LeaderEpoch.of(7));
        await().until(() -> book.find(H1).isPresent());
    }

    @Test
    void aHostInACaseIsLeftAloneAndHasItsTurnWhenItIsOver() throws Exception {
        inCase.add(H1);
        Rehearsals rehearsals = start(Duration.ZERO);

        assertThat(rehearsals.now(H1))
                .isInstanceOfSatisfying(
                        Rehearsal.Answer.NotNow.class,
                        notNow -> assertThat(notNow.reason()).contains("a case of the host is open"));
        assertThat(book.all()).isEmpty();

        inCase.clear();
        assertThat(rehearsals.now(H1)).isInstanceOf(Rehearsal.Answer.Done.class);
    }

    @Test
    void whatIsFoundOfAHostThatDiesMeanwhileIsNotBelieved() throws Exception {
        power.fault(H1, new PowerFault.Dead());
        Rehearsals rehearsals = new Rehearsals(
                SEGMENT,
                fencer(),
                book,
                new Known() {
                    private final AtomicInteger asked = new AtomicInteger();

                    @Override
                    public boolean inCase(HostId host) {
                        return asked.getAndIncrement() > 0;
                    }
                },
                () -> Optional.of(LeaderEpoch.of(1)),
                told::incrementAndGet,
                Duration.ZERO,
                ROOM);

        assertThat(rehearsals.now(H1)).isInstanceOf(Rehearsal.Answer.NotNow.class);
        assertThat(book.all()).isEmpty();
        rehearsals.close();
    }

    @Test
    void whoFindsNoRoomIsToldSoAndDoesNotWaitForEver() throws Exception {
        CountDownLatch in = new CountDownLatch(Rehearsals.AT_A_TIME);
        CountDownLatch on = new CountDownLatch(1);
        Known slow = new Known() {
            @Override
            public boolean inCase(HostId host) {
                in.countDown();
                try {
                    return on.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                    return true;
                }
            }
        };
        running = new Rehearsals(
                SEGMENT,
                fencer(),
                book,
                slow,
                () -> Optional.ofNullable(epoch.get()),
                told::incrementAndGet,
                Duration.ZERO,
                ROOM);
        List<Thread> others = new ArrayList<>();
        for (int i = 0; i < Rehearsals.AT_A_TIME; i++) {
            others.add(Thread.ofVirtual().start(() -> {
                try {
                    var _ = running.now(H1);
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        assertThat(in.await(30, TimeUnit.SECONDS)).isTrue();

        assertThat(running.now(H2))
                .isInstanceOfSatisfying(
                        Rehearsal.Answer.NotNow.class,
                        notNow -> assertThat(notNow.reason()).contains("8 other hosts are being asked"));
        on.countDown();
        for (Thread other : others) {
            other.join();
        }
    }

    @Test
    void aHostThatComesIsRehearsedAtOnce() {
        start(Duration.ofSeconds(20));
        await().until(() -> book.find(H1).isPresent());

        lookedAfter.add(H2);

        await().atMost(Duration.ofSeconds(10)).until(() -> book.find(H2).isPresent());
    }

    @Test
    void withoutAnIntervalNothingHappensByItself() throws Exception {
        Rehearsals rehearsals = start(Duration.ZERO);

        assertThat(rehearsals.now(H1)).isInstanceOf(Rehearsal.Answer.Done.class);
        Instant at = book.find(H1).orElseThrow().check().at();
        await().during(Duration.ofMillis(200))
                .until(() -> book.find(H1).orElseThrow().check().at().equals(at));
        assertThat(rehearsals.remembered()).containsOnlyKeys(H1);
        assertThat(rehearsals.remembered(H2)).isEmpty();
    }

    @Test
    void aStoreThatIsAwayIsToldToWhoeverAsksAndItGoesOnWhenItIsBack() throws Exception {
        Away store = new Away();
        running = new Rehearsals(
                SEGMENT,
                fencer(),
                store,
                new Known(),
                () -> Optional.ofNullable(epoch.get()),
                told::incrementAndGet,
                OFTEN,
                ROOM);
        assertThatThrownBy(() -> running.now(H1)).hasMessage("the database is away");
        running.start();
        await().until(() -> store.refused.get() > 3);

        store.away = false;

        await().until(() -> book.find(H1).isPresent());
    }

    private final class Away implements ReadinessBook {
        volatile boolean away = true;
        final AtomicInteger refused = new AtomicInteger();

        private void require() {
            if (away) {
                refused.incrementAndGet();
                throw new IllegalStateException("the database is away");
            }
        }

        @Override
        public List<FenceReadiness> all() {
            require();
            return book.all();
        }

        @Override
        public Optional<FenceReadiness> find(HostId host) {
            require();
            return book.find(host);
        }

        @Override
        public void put(FenceReadiness readiness, @Nullable Fact fact, SegmentId segment, LeaderEpoch leader) {
            require();
            book.put(readiness, fact, segment, leader);
        }
    }

    private class Known implements Rehearsals.Hosts {
        @Override
        public List<HostId> lookedAfter() {
            return List.copyOf(lookedAfter);
        }

        @Override
        public boolean alive(HostId host) {
            return true;
        }

        @Override
        public boolean inCase(HostId host) {
            return inCase.contains(host);
        }
    }

    private Rehearsals start(Duration interval) {
        Rehearsals rehearsals = new Rehearsals(
                SEGMENT,
                fencer(),
                book,
                new Known(),
                () -> Optional.ofNullable(epoch.get()),
                told::incrementAndGet,
                interval,
                ROOM);
        running = rehearsals;
        rehearsals.start();
        return rehearsals;
    }

    private Fencer fencer() {
        Map<HostId, FenceDevice> devices = new HashMap<>();
        devices.put(H1, power.device(H1));
        devices.put(H2, power.device(H2));
        return new Fencer(
                FenceDevices.one(devices),
                new InMemoryFenceJournal(),
                (_, _) -> true,
                FencingSettings.defaults(),
                InstantSource.system());
    }
}

package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.InMemoryHardwareBook;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Looks at hardware: who has them, what is told, and to what they give way. */
@Timeout(60)
final class HardwareWatchTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final Duration OFTEN = Duration.ofMillis(50);
    private static final Duration SELDOM = Duration.ofHours(1);

    /** A controller whose word is set. */
    private static final class Controller implements FenceDevice {
        volatile HardwareHealth health = HardwareHealth.unknown("not asked");
        final AtomicInteger asked = new AtomicInteger();
        volatile @Nullable CountDownLatch hangs;
        final AtomicInteger interrupted = new AtomicInteger();

        @Override
        public String name() {
            return "controller";
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return new PowerReading(PowerState.ON, "on", Duration.ZERO);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            return new PowerOrder(PowerOrder.Answer.REFUSED, "no", Duration.ZERO);
        }

        @Override
        public boolean tellsHardware() {
            return true;
        }

        @Override
        public HardwareHealth hardware(Duration deadline) {
            asked.incrementAndGet();
            CountDownLatch latch = hangs;
            if (latch != null) {
                try {
                    latch.await();
                } catch (InterruptedException e) {
                    interrupted.incrementAndGet();
                    Thread.currentThread().interrupt();
                }
            }
            return health;
        }
    }

    /** Cuts power, and tells nothing. */
    private static final class Outlet implements FenceDevice {
        @Override
        public String name() {
            return "outlet";
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return new PowerReading(PowerState.ON, "on", Duration.ZERO);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            return new PowerOrder(PowerOrder.Answer.REFUSED, "no", Duration.ZERO);
        }
    }

    private final Controller controller = new Controller();
    private final InMemoryHardwareBook book = new InMemoryHardwareBook();
    private final Map<HostId, HardwareLook.Found> found = new ConcurrentHashMap<>();
    private final List<HostId> inCase = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable LeaderEpoch> epoch = new AtomicReference<>(LeaderEpoch.of(1));
    private final AtomicInteger told = new AtomicInteger();
    private final Fencer fencer = new Fencer(
            FenceDevices.one(Map.of(H1, controller, H2, new Outlet())),
            new InMemoryFenceJournal(),
            (_, _) -> true,
            FencingSettings.defaults(),
            InstantSource.system());
    private @Nullable HardwareWatch running;

    private HardwareWatch start(Duration interval) {
        Rehearsals.Hosts hosts = new Rehearsals.Hosts() {
            @Override
            public List<HostId> lookedAfter() {
                return List.of(H1, H2);
            }

            @Override
            public boolean alive(HostId host) {
                return true;
            }

            @Override
            public boolean inCase(HostId host) {
                return inCase.contains(host);
            }
        };
        HardwareWatch watch = new HardwareWatch(
                SegmentId.of("default"),
                fencer,
                book,
                hosts,
                () -> Optional.ofNullable(epoch.get()),
                (host, now) -> {
                    if (now == null) {
                        found.remove(host);
                    } else {
                        found.put(host, now);
                    }
                },
                told::incrementAndGet,
                interval,
                Duration.ofSeconds(30));
        running = watch;
        watch.start();
        return watch;
    }

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
    }

    private static HardwareHealth health(Grade grade) {
        return new HardwareHealth(
                List.of(new Finding("Fan 1", "fan", "0", "RPM", Limits.NONE, "below the critical limit", grade)), "");
    }

    private void lookedAgain() {
        int before = controller.asked.get();
        await().until(() -> controller.asked.get() > before + 1);
    }

    @Test
    void aChangeOfTheGradeIsToldOnceAndGoodIsNoNewsAtFirst() {
        controller.health = health(Grade.GOOD);
        start(OFTEN);
        lookedAgain();
        assertThat(found.get(H1).source()).isEqualTo("controller");
        assertThat(book.facts()).isEmpty();

        controller.health = health(Grade.BAD);
        await().until(() -> book.facts().size() == 1);
        lookedAgain();
        controller.health = HardwareHealth.unknown("timed out");
        lookedAgain();
        assertThat(found.get(H1).health().grade()).isEqualTo(Grade.UNKNOWN);
        controller.health = health(Grade.BAD);
        lookedAgain();
        assertThat(book.facts()).as("not known for a while changes nothing").hasSize(1);
        Fact fact = book.facts().getFirst();
        assertThat(fact.type()).isEqualTo("host.hardware");
        assertThat(fact.subject()).isEqualTo("host/h1");
        assertThat(fact.project()).as("for operators").isNull();
        assertThat(fact.data())
                .containsEntry("grade", "bad")
                .containsEntry("before", "good")
                .containsEntry("reason", "Fan 1 0 RPM: below the critical limit");

        controller.health = health(Grade.GOOD);
        await().until(() -> book.facts().size() == 2);
        await().until(() -> told.get() == 2);
        assertThat(found).as("who has no such device is not asked").doesNotContainKey(H2);
    }

    @Test
    void theNextLeaderDoesNotTellItAgain() {
        controller.health = health(Grade.BAD);
        start(OFTEN);
        await().until(() -> book.facts().size() == 1);
        stop();
        epoch.set(LeaderEpoch.of(2));
        start(OFTEN);
        lookedAgain();

        assertThat(book.facts()).hasSize(1);
    }

    @Test
    void onlyTheLeaderLooksAndWhatItFoundEndsWithIt() {
        controller.health = health(Grade.POOR);
        start(OFTEN);
        await().until(() -> found.containsKey(H1));

        epoch.set(null);
        await().until(() -> !found.containsKey(H1));
        int asked = controller.asked.get();
        await().during(Duration.ofMillis(300)).until(() -> controller.asked.get() <= asked + 1);
    }

    @Test
    void aSuspectedHostIsLookedAtAtOnceAndOneWithACaseIsLeftAlone() {
        controller.health = health(Grade.BAD);
        inCase.add(H1);
        HardwareWatch watch = start(SELDOM);
        watch.suspected(H1);
        await().during(Duration.ofMillis(300)).until(() -> controller.asked.get() == 0);

        inCase.clear();
        watch.suspected(H1);
        await().until(() -> found.containsKey(H1));
    }

    @Test
    void anIntervalOfZeroLooksNever() {
        HardwareWatch watch = start(Duration.ZERO);
        watch.suspected(H1);

        await().during(Duration.ofMillis(300)).until(() -> controller.asked.get() == 0);
    }

    @Test
    void aLookGivesWayToAQuestionAboutThePowerAndToARehearsal() throws Exception {
        controller.hangs = new CountDownLatch(1);
        AtomicReference<HardwareLook.@Nullable Answer> answer = new AtomicReference<>();
        Thread look = Thread.ofPlatform().start(() -> answer.set(fencer.hardware(H1, Duration.ofSeconds(30))));
        await().until(() -> controller.asked.get() == 1);

        assertThat(fencer.readPower(H1, Duration.ofSeconds(5)).state()).isEqualTo(PowerState.ON);
        look.join();
        assertThat(answer.get()).isInstanceOf(HardwareLook.Answer.NotNow.class);

        Thread second = Thread.ofPlatform().start(() -> answer.set(fencer.hardware(H1, Duration.ofSeconds(30))));
        await().until(() -> controller.asked.get() == 2);
        assertThat(fencer.hardware(H1, Duration.ofSeconds(1)))
                .as("another look")
                .isInstanceOf(HardwareLook.Answer.NotNow.class);
        assertThat(fencer.rehearse(H1, () -> true)).isInstanceOf(Rehearsed.Done.class);
        second.join();
        assertThat(answer.get()).isInstanceOf(HardwareLook.Answer.NotNow.class);
        await().until(() -> controller.interrupted.get() == 2);
    }

    @Test
    void aDeviceThatHangsOrBreaksIsUnknown() {
        controller.hangs = new CountDownLatch(1);
        HardwareLook.Answer late = fencer.hardware(H1, Duration.ofMillis(100));
        assertThat(((HardwareLook.Answer.Done) late).found().health().summary()).contains("no answer within 100 ms");

        HardwareLook.Answer none = fencer.hardware(H2, Duration.ofMillis(100));
        assertThat(((HardwareLook.Answer.Done) none).found().health().grade()).isEqualTo(Grade.UNKNOWN);
        assertThat(fencer.tellsHardware(H2)).isFalse();
    }

    @Test
    void settingsOutOfBoundsAreNamed() {
        Duration twenty = Duration.ofSeconds(20);
        assertThatThrownBy(() -> new SensorSettings(Duration.ofSeconds(9), Duration.ofSeconds(5)))
                .hasMessageContaining("fencing.sensors.interval must be between 10000 ms");
        assertThatThrownBy(() -> new SensorSettings(Duration.ZERO, Duration.ofMinutes(3)))
                .hasMessageContaining("fencing.sensors.deadline must be between 1000 ms");
        assertThatThrownBy(() -> new SensorSettings(Duration.ofSeconds(10), twenty))
                .hasMessageContaining("must not be longer than fencing.sensors.interval (10000 ms)");
        assertThat(new SensorSettings(Duration.ZERO, twenty).interval()).isZero();
    }
}

package io.holdfast.server.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.model.HostId;
import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.agent.health.core.Measures;
import io.holdfast.server.agent.health.core.Reading;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All probes on this machine, with libvirt's own library against its test driver, nobody, and a daemon that hangs. */
@Timeout(120)
final class HostHealthTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final List<AgentHealth> words = new CopyOnWriteArrayList<>();

    private AgentProcessSettings settings(String libvirtUri, String more) throws IOException {
        Files.createDirectories(directory.resolve("shared/instances"));
        Files.createDirectories(directory.resolve("state"));
        return SettingsLoader.load(
                Files.writeString(directory.resolve("agent.yaml"), """
                        host: h1
                        state-directory: state
                        membership:
                          bind-address: 127.0.0.1
                        agent:
                          libvirt-uri: %s
                          shared-storage: shared
                        health:
                          disk-paths: []
                        %s""".formatted(libvirtUri, more.indent(2))),
                AgentProcessSettings.defaults());
    }

    private static HostHealth of(AgentProcessSettings settings) {
        return HostHealth.of(
                settings.health(),
                settings.agent(),
                HostId.of("h1"),
                settings.membership().bindAddress(),
                settings.stateDirectory());
    }

    private static Finding finding(AgentHealth word, Aspect aspect) {
        return word.findings().stream()
                .filter(each -> each.aspect() == aspect)
                .findFirst()
                .orElseThrow();
    }

    private Finding last(Aspect aspect) {
        return words.isEmpty() ? new Finding(aspect, Grade.UNKNOWN, "nothing yet") : finding(words.getLast(), aspect);
    }

    /** Finds everything well, fails as it is told, or hangs until it is let go. */
    private static final class Failing implements HostHealth.Probes {
        private final AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();
        private final CountDownLatch hanging = new CountDownLatch(1);
        private final AtomicInteger looks = new AtomicInteger();
        private volatile boolean hangs;

        @Override
        public Measures measure(Duration patience) throws InterruptedException {
            looks.incrementAndGet();
            if (hangs) {
                hanging.await();
            }
            switch (defect.get()) {
                case null -> {}
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case Throwable other -> throw new AssertionError(other);
            }
            return new Measures(
                    new Reading.Answer<>(3, Duration.ofMillis(2)),
                    new Reading.Unasked<>("no storage"),
                    new Reading.Unasked<>("no disk"),
                    new Reading.Unasked<>("no memory"),
                    new Reading.Unasked<>("no clock"),
                    new Reading.Unasked<>("no card"));
        }

        @Override
        public void close() {
            hanging.countDown();
        }
    }

    private static HealthSettings every(Duration interval) {
        HealthSettings settings = HealthSettings.defaults();
        return new HealthSettings(
                interval,
                settings.diskPaths(),
                settings.interfaces(),
                settings.restartLibvirt(),
                settings.restartDeadline(),
                settings.restartLimit(),
                settings.restartWindow(),
                settings.limits());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLookThatFailsByADefectIsSaidAndLookedOn(boolean anError) {
        Failing probes = new Failing();
        Throwable defect = anError ? new NoClassDefFoundError("jna") : new IllegalStateException("a defect");
        // From the first look on, which nobody is told of.
        probes.defect.set(defect);
        HostHealth health = new HostHealth(every(Duration.ofMillis(200)), probes);
        health.start(words::add);
        try {
            await().atMost(LIMIT).until(() -> words.size() > 2);
            assertThat(words.getLast()).isEqualTo(AgentHealth.unknown("the look at the host failed: " + defect));
            probes.defect.set(null);
            await().atMost(LIMIT).until(() -> last(Aspect.LIBVIRT).grade() == Grade.GOOD);
            assertThat(last(Aspect.LIBVIRT).detail()).contains("runs 3 guests");
            assertThat(last(Aspect.STORAGE)).isEqualTo(new Finding(Aspect.STORAGE, Grade.UNKNOWN, "no storage"));
            probes.defect.set(defect);
            await().atMost(LIMIT).until(() -> last(Aspect.LIBVIRT).grade() == Grade.UNKNOWN);
        } finally {
            health.close();
        }
    }

    @Test
    void aLookThatHangsSaysNothingMoreAndItsLastWordIsGoodForThreeLooksOrTenSeconds() {
        Failing probes = new Failing();
        HostHealth health = new HostHealth(every(Duration.ofMillis(200)), probes);
        assertThat(health.goodFor()).isEqualTo(Duration.ofSeconds(10));
        health.start(words::add);
        try {
            await().atMost(LIMIT).until(() -> !words.isEmpty());
            probes.hangs = true;
            int looks = probes.looks.get();
            await().atMost(LIMIT).until(() -> probes.looks.get() > looks);
            int said = words.size();
            await().during(Duration.ofSeconds(1))
                    .atMost(LIMIT)
                    .untilAsserted(() -> assertThat(words.size()).isLessThanOrEqualTo(said + 1));
        } finally {
            health.close();
        }
        assertThat(new HostHealth(every(Duration.ofMinutes(1)), new Failing()).goodFor())
                .isEqualTo(Duration.ofMinutes(3));
    }

    @Test
    void oneLookFindsWhatIsWell() throws Exception {
        try (HostHealth health = of(settings("test:///default", ""))) {
            AgentHealth word = health.once();
            assertThat(finding(word, Aspect.LIBVIRT).grade()).isEqualTo(Grade.GOOD);
            assertThat(finding(word, Aspect.LIBVIRT).detail()).contains("runs 1 guest");
            assertThat(finding(word, Aspect.STORAGE).detail()).startsWith("written in ");
            assertThat(finding(word, Aspect.LINK))
                    .satisfies(link -> assertThat(link.grade()).isEqualTo(Grade.GOOD));
            assertThat(word.findings()).extracting(Finding::aspect).containsExactly(Aspect.values());
        }
        assertThat(directory.resolve("shared/instances/.health-h1")).exists();
    }

    @Test
    void aDaemonThatIsNotThereIsBadWithinAFewSecondsAndTheRestGoesOn() throws Exception {
        HostHealth health = of(settings("qemu+unix:///system?socket=" + directory.resolve("nobody"), ""));
        health.start(words::add);
        try {
            await().atMost(LIMIT).until(() -> last(Aspect.LIBVIRT).grade() == Grade.BAD);
            assertThat(last(Aspect.LIBVIRT).detail())
                    .contains("cannot be reached")
                    .contains("nobody");
            assertThat(last(Aspect.STORAGE).grade()).isNotEqualTo(Grade.UNKNOWN);
        } finally {
            health.close();
        }
    }

    @Test
    void aDaemonThatTakesTheConnectionAndNeverAnswersIsBadWithinFiveSeconds() throws Exception {
        Path socket = directory.resolve("libvirt");
        try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            daemon.bind(UnixDomainSocketAddress.of(socket));
            HostHealth health = of(settings("qemu+unix:///system?socket=" + socket, ""));
            long beganNanos = System.nanoTime();
            health.start(words::add);
            try {
                await().pollInterval(Duration.ofMillis(20))
                        .atMost(LIMIT)
                        .until(() -> last(Aspect.LIBVIRT).grade() == Grade.BAD);
                assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(Duration.ofSeconds(8));
                assertThat(last(Aspect.LIBVIRT).detail()).contains("has not answered for ");
                int so = words.size();
                // The others are looked at on.
                await().atMost(LIMIT).until(() -> words.size() > so + 3);
                assertThat(Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().equals("health-libvirt") && thread.isAlive())
                                .count())
                        .isLessThanOrEqualTo(2);
            } finally {
                health.close();
            }
        }
    }

    @Test
    void aSharedStorageThatGoesIsBadAndIsGoodAgainWhenItIsBack() throws Exception {
        HostHealth health = of(settings("test:///default", """
                interval: 200ms
                limits:
                  storage-poor: 10s
                  storage-bad: 20s
                """));
        Path instances = directory.resolve("shared/instances");
        Path away = directory.resolve("away");
        health.start(words::add);
        try {
            await().atMost(LIMIT).until(() -> last(Aspect.STORAGE).grade() == Grade.GOOD);
            Files.move(instances, away);
            await().atMost(LIMIT).until(() -> last(Aspect.STORAGE).grade() == Grade.BAD);
            assertThat(last(Aspect.STORAGE).detail()).contains(".health-h1");
            Files.move(away, instances);
            await().atMost(LIMIT).until(() -> last(Aspect.STORAGE).grade() == Grade.GOOD);
        } finally {
            health.close();
        }
        int said = words.size();
        await().during(Duration.ofSeconds(1))
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(words.size()).isLessThanOrEqualTo(said + 1));
    }
}

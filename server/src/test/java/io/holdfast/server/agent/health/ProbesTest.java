package io.holdfast.server.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.server.agent.health.core.Measures.Clock;
import io.holdfast.server.agent.health.core.Measures.Link;
import io.holdfast.server.agent.health.core.Measures.Memory;
import io.holdfast.server.agent.health.core.Measures.Space;
import io.holdfast.server.agent.health.core.Reading;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class ProbesTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private static long soon() {
        return System.nanoTime() + Duration.ofMillis(50).toNanos();
    }

    private static long threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("health-" + name))
                .count();
    }

    private Path written(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    // ---- a question that hangs

    @Test
    void aQuestionThatHangsInTheKernelHoldsOneThreadAndIsNotAskedAgain() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        try (ProbeLine<String> line = new ProbeLine<>("hanging", () -> Files.readString(fifo))) {
            Duration last = Duration.ZERO;
            for (int i = 0; i < 20; i++) {
                line.ask();
                Reading<String> reading = line.look(soon());
                assertThat(reading).isInstanceOf(Reading.Silence.class);
                Duration asked = ((Reading.Silence<String>) reading).asked();
                assertThat(asked).isGreaterThan(last);
                last = asked;
            }
            assertThat(threads("hanging")).isEqualTo(1);
            assertThat(last).isGreaterThan(Duration.ofMillis(500));

            // Whoever opens the other end lets it go.
            Files.writeString(fifo, "awake");
            await().atMost(LIMIT).untilAsserted(() -> {
                line.ask();
                assertThat(line.look(soon()))
                        .isInstanceOfSatisfying(
                                Reading.Answer.class,
                                answer -> assertThat(answer.value()).isEqualTo("awake"));
            });
        }
    }

    @Test
    void whatAQuestionThrowsIsItsAnswer() throws Exception {
        try (ProbeLine<String> line = new ProbeLine<>("failing", () -> {
            throw new IOException("no such device");
        })) {
            line.ask();
            assertThat(line.look(System.nanoTime() + LIMIT.toNanos()))
                    .isEqualTo(new Reading.Failure<>("no such device"));
        }
        Path none = directory.resolve("none");
        try (ProbeLine<String> line = new ProbeLine<>("failing", () -> Files.readString(none))) {
            line.ask();
            assertThat(line.look(System.nanoTime() + LIMIT.toNanos()))
                    .isEqualTo(new Reading.Failure<>("there is no " + none));
        }
        try (ProbeLine<String> line = new ProbeLine<>("failing", () -> {
            throw new IllegalStateException();
        })) {
            line.ask();
            assertThat(line.look(System.nanoTime() + LIMIT.toNanos()))
                    .isEqualTo(new Reading.Failure<>("java.lang.IllegalStateException"));
        }
    }

    @Test
    void aQuestionThatFailsByADefectOfOursSaysNothingOfTheHostAndIsAskedAgain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (ProbeLine<Integer> line = new ProbeLine<>("broken", () -> {
            if (asked.incrementAndGet() == 1) {
                throw new NoClassDefFoundError("com/sun/jna/Native");
            }
            return asked.get();
        })) {
            line.ask();
            assertThat(line.look(System.nanoTime() + LIMIT.toNanos()))
                    .isEqualTo(new Reading.Unasked<>(
                            "the question itself failed: java.lang.NoClassDefFoundError: com/sun/jna/Native"));
            line.ask();
            assertThat(line.look(System.nanoTime() + LIMIT.toNanos()))
                    .isInstanceOfSatisfying(
                            Reading.Answer.class,
                            answer -> assertThat(answer.value()).isEqualTo(2));
        }
    }

    // ---- memory

    @Test
    void memoryOfThisHostIsRead() throws IOException {
        Memory memory = new MemoryProbe(Path.of("/proc/meminfo"), Path.of("/proc/pressure/memory")).read();
        assertThat(memory.totalKib()).isGreaterThan(memory.availableKib()).isPositive();
        memory.stalledPercent().ifPresent(stalled -> assertThat(stalled).isBetween(0.0, 100.0));
    }

    @Test
    void memoryIsTakenFromTheKernelsTable() throws IOException {
        Path meminfo = written("meminfo", "MemTotal:  8000 kB\nMemFree: 10 kB\nMemAvailable:    1200 kB\n");
        Path pressure = written(
                "pressure",
                "some avg10=9.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=3.25 avg60=0.00 avg300=0.00 total=1\n");
        assertThat(new MemoryProbe(meminfo, pressure).read()).isEqualTo(new Memory(8000, 1200, Optional.of(3.25)));
        // A kernel without pressure, and one that was told not to count it.
        assertThat(new MemoryProbe(meminfo, directory.resolve("none")).read())
                .isEqualTo(new Memory(8000, 1200, Optional.empty()));
        assertThat(new MemoryProbe(meminfo, directory).read()).isEqualTo(new Memory(8000, 1200, Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    MemFree: 3 kB               | full avg10=1.0 | no MemTotal:
                    MemTotal: 8 kB              | full avg10=1.0 | no MemAvailable:
                    MemTotal: x kB              | full avg10=1.0 | x in
                    MemTotal: 0 kB              | full avg10=1.0 | no memory at all
                    MemTotal: 8 kB%MemAvailable: 1 kB | some avg10=1.0 | no full avg10
                    MemTotal: 8 kB%MemAvailable: 1 kB | full avg10=?   | ? in
                    """)
    void aTableThatSaysNothingIsRefusedByName(String meminfo, String pressure, String reason) throws IOException {
        MemoryProbe probe =
                new MemoryProbe(written("meminfo", meminfo.replace('%', '\n')), written("pressure", pressure));
        assertThatThrownBy(probe::read).isInstanceOf(IOException.class).hasMessageContaining(reason);
    }

    // ---- clock

    @Test
    void theClockOfThisHostIsReadAndStandsStillAgainstTheMonotonicOne() {
        ClockProbe probe = new ClockProbe();
        Clock first = probe.read();
        Clock second = probe.read();
        assertThat(first.wallMinusMonotonic().minus(second.wallMinusMonotonic()).abs())
                .isLessThan(Duration.ofSeconds(1));
        Duration wall = first.wallMinusMonotonic().plusNanos(System.nanoTime());
        assertThat(Duration.between(Instant.EPOCH.plus(wall), Instant.now()).abs())
                .isLessThan(Duration.ofSeconds(30));
        assertThat(first.synchronised()).isPresent();
        assertThat(first.errorMax()).isBetween(Duration.ZERO, Duration.ofSeconds(100));
    }

    // ---- network cards

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    up             | 1 | true  | is up at 25000 Mbit/s
                    unknown        | 1 | true  | has a carrier
                    unknown        | 0 | false | has no carrier
                    unknown        |   | false | is switched off
                    down           | 0 | false | is down
                    lowerlayerdown | 0 | false | is lowerlayerdown
                    dormant        | 1 | false | is dormant
                    """)
    void aCardIsJudgedByWhatTheKernelSaysOfItsLink(String state, Integer carrier, boolean up, String detail)
            throws IOException {
        int index = NetworkInterface.getByName("lo").getIndex();
        written("lo/ifindex", index + "\n");
        written("lo/operstate", state + "\n");
        written("lo/speed", "25000\n");
        if (carrier != null) {
            written("lo/carrier", carrier + "\n");
        }
        Link expected =
                new LinkProbe(List.of("lo"), "0.0.0.0", directory).read().getFirst();
        assertThat(expected.up()).isEqualTo(up);
        assertThat(expected.detail()).startsWith(detail);
    }

    @Test
    void aCardOfThisHostIsFoundByTheAddressThatItCarries() throws IOException {
        LinkProbe byAddress = new LinkProbe(List.of(), "127.0.0.1", Path.of("/sys/class/net"));
        assertThat(byAddress.read())
                .singleElement()
                .satisfies(link -> assertThat(link.name()).isEqualTo("lo"))
                .satisfies(link -> assertThat(link.up()).isTrue());
        // Where /sys is another namespace's, or none, the socket layer is asked.
        assertThat(new LinkProbe(List.of("lo"), "127.0.0.1", directory).read())
                .containsExactly(new Link("lo", true, "is up"));
    }

    @Test
    void aCardThatIsNotThereIsDownAndAnAddressOfNobodyToo() throws IOException {
        assertThat(new LinkProbe(List.of("nic9"), "127.0.0.1", Path.of("/sys/class/net")).read())
                .containsExactly(new Link("nic9", false, "is not there"));
        assertThat(new LinkProbe(List.of(), "203.0.113.7", Path.of("/sys/class/net")).read())
                .containsExactly(new Link("203.0.113.7", false, "is carried by no network card"));
        assertThat(new LinkProbe(List.of(), "0.0.0.0", Path.of("/sys/class/net")).read())
                .isEmpty();
    }

    // ---- file systems

    @Test
    void eachFileSystemIsAskedOnce() throws IOException {
        Files.createDirectories(directory.resolve("deeper"));
        List<Space> spaces =
                new SpaceProbe(List.of(directory, directory.resolve("deeper"), directory.resolve("none"))).read();
        assertThat(spaces).hasSize(2);
        assertThat(spaces.getFirst().totalBytes())
                .isGreaterThanOrEqualTo(spaces.getFirst().usableBytes())
                .isPositive();
        assertThat(spaces.getLast().trouble()).isEqualTo("there is no such directory");
    }

    @Test
    void theSharedStorageKeepsNobodyWaiting() {
        Space own = new Space("/", 10, 5, null);
        Path shared = Path.of("/srv/shared");
        Reading<List<Space>> answered = new Reading.Answer<>(List.of(own), Duration.ZERO);
        assertThat(HostProbes.both(answered, new Reading.Silence<>(Duration.ofHours(1)), shared))
                .isEqualTo(new Reading.Answer<>(
                        List.of(own, new Space("/srv/shared", 0, 0, "it does not answer")), Duration.ZERO));
        assertThat(HostProbes.both(answered, new Reading.Failure<>("stale handle"), shared))
                .isEqualTo(new Reading.Answer<>(
                        List.of(own, new Space("/srv/shared", 0, 0, "stale handle")), Duration.ZERO));
        assertThat(HostProbes.both(answered, answered, shared))
                .isEqualTo(new Reading.Answer<>(List.of(own, own), Duration.ZERO));
        Reading<List<Space>> silent = new Reading.Silence<>(Duration.ofSeconds(3));
        assertThat(HostProbes.both(silent, answered, shared)).isEqualTo(silent);
    }
}

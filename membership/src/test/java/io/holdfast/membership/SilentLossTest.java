package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A controller and three agents as processes in network namespaces of their own. Needs root and {@code ip}; all
 * namespaces carry this process's number and vanish with the test.
 */
@Tag("lab")
class SilentLossTest {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String PREFIX = "hfm-" + ProcessHandle.current().pid() + "-";
    private static final int ROUNDS = Integer.getInteger("holdfast.rounds", 3);
    private static final int BUSY = Integer.getInteger("holdfast.busy", 0);

    @TempDir
    Path directory;

    /** Also touched by those that read what a process says, when it has ended. */
    private final Map<String, Process> processes = new ConcurrentHashMap<>();

    private final List<Process> busy = new ArrayList<>();
    private final List<Said> said = new CopyOnWriteArrayList<>();
    private int sessions;

    private record Said(long nanos, String event, String host) {}

    @BeforeEach
    void bringUp() throws Exception {
        TestPki.create(directory);
        ip("netns", "add", PREFIX + "sw");
        ip("-n", PREFIX + "sw", "link", "add", "br0", "type", "bridge", "forward_delay", "0");
        ip("-n", PREFIX + "sw", "link", "set", "br0", "up");
        int last = 1;
        for (String host : List.of("ctl", "h1", "h2", "h3")) {
            String space = PREFIX + host;
            ip("netns", "add", space);
            ip("-n", PREFIX + "sw", "link", "add", "v-" + host, "type", "veth", "peer", "name", "eth0", "netns", space);
            ip("-n", PREFIX + "sw", "link", "set", "v-" + host, "master", "br0");
            ip("-n", PREFIX + "sw", "link", "set", "v-" + host, "up");
            ip("-n", space, "link", "set", "lo", "up");
            ip("-n", space, "addr", "add", "192.0.2." + last + "/24", "dev", "eth0");
            ip("-n", space, "link", "set", "eth0", "up");
            last++;
        }
        launch("ctl", "controller", directory.toString(), "192.0.2.1");
        for (String host : List.of("h1", "h2", "h3")) {
            startAgent(host);
        }
        for (String host : List.of("h1", "h2", "h3")) {
            awaitEvent("Joined", host, 0);
        }
        // Past the grace period, and until nothing is said any more: the group has merged.
        await().atMost(LIMIT).until(() -> {
            long quietSince = said.isEmpty() ? 0 : said.getLast().nanos();
            return System.nanoTime() - quietSince > Duration.ofSeconds(7).toNanos();
        });
        for (int i = 0; i < BUSY; i++) {
            busy.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
        }
    }

    @AfterEach
    void tearDown() throws Exception {
        busy.forEach(Process::destroyForcibly);
        for (Process process : processes.values()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        }
        for (String space : List.of("ctl", "h1", "h2", "h3", "sw")) {
            new ProcessBuilder("ip", "netns", "del", PREFIX + space)
                    .redirectErrorStream(true)
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void aSilentPowerLossIsToldWithinASecondAndCondemnedByItsPower() throws Exception {
        List<Long> suspectedMillis = new ArrayList<>();
        List<Long> lostMillis = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            String host = "h" + (round % 3 + 1);
            int before = said.size();
            long cut = System.nanoTime();
            ip("-n", PREFIX + "sw", "link", "set", "v-" + host, "down");
            kill(host);
            Files.createFile(directory.resolve(host + ".off"));
            suspectedMillis.add((awaitEvent("Suspected", host, before).nanos() - cut) / 1_000_000);
            lostMillis.add((awaitEvent("Lost", host, before).nanos() - cut) / 1_000_000);
            assertThat(said.subList(before, said.size()).stream()
                            .filter(s -> !s.host().equals(host)))
                    .as("nobody else is suspected")
                    .isEmpty();
            Files.delete(directory.resolve(host + ".off"));
            ip("-n", PREFIX + "sw", "link", "set", "v-" + host, "up");
            int returning = said.size();
            startAgent(host);
            awaitEvent("Joined", host, returning);
            await().pollDelay(Duration.ofSeconds(4)).atMost(LIMIT).until(() -> true);
        }
        suspectedMillis.sort(null);
        lostMillis.sort(null);
        System.out.println("MEASURED busy=" + BUSY + " suspected " + suspectedMillis + " lost " + lostMillis);
        assertThat(suspectedMillis.get(suspectedMillis.size() / 2)).isLessThan(900);
    }

    @Test
    void aKilledAgentOnALiveHostIsDegradedAndNeverLost() throws Exception {
        int before = said.size();
        long killed = System.nanoTime();
        kill("h2");
        Said degraded = awaitEvent("Degraded", "h2", before);
        assertThat(Duration.ofNanos(degraded.nanos() - killed)).isLessThan(Duration.ofSeconds(2));
        System.out.println("MEASURED agent killed -> degraded " + (degraded.nanos() - killed) / 1_000_000);
        int returning = said.size();
        startAgent("h2");
        awaitEvent("Cleared", "h2", returning);
        awaitEvent("Joined", "h2", returning);
        assertThat(said).noneMatch(s -> s.event().equals("Lost"));
    }

    @Test
    void aStoppedAgentIsDegradedAndClearedWhenItGoesOn() throws Exception {
        int before = said.size();
        signal("h3", "-STOP");
        awaitEvent("Suspected", "h3", before);
        awaitEvent("Degraded", "h3", before);
        signal("h3", "-CONT");
        awaitEvent("Cleared", "h3", before);
        assertThat(said).noneMatch(s -> s.event().equals("Lost"));
    }

    @Test
    void aHostThatCanHearButNotSpeakIsCondemnedBySilenceOnly() throws Exception {
        int before = said.size();
        run(
                "nsenter",
                "--net=/run/netns/" + PREFIX + "sw",
                "nft",
                "add table bridge f; add chain bridge f c { type filter hook forward priority 0; };"
                        + " add rule bridge f c iifname \"v-h1\" drop");
        long cut = System.nanoTime();
        awaitEvent("Suspected", "h1", before);
        Said lost = awaitEvent("Lost", "h1", before);
        System.out.println("MEASURED one-way drop -> lost " + (lost.nanos() - cut) / 1_000_000);
        assertThat(said.subList(before, said.size()).stream()
                        .filter(s -> !s.host().equals("h1")))
                .as("nobody else is suspected")
                .isEmpty();
    }

    private void startAgent(String host) throws IOException {
        String address = "192.0.2." + (host.charAt(1) - '0' + 1);
        launch(host, "agent", directory.toString(), host, address, "192.0.2.1", "session-" + sessions++);
    }

    private void launch(String host, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "nsenter",
                "--net=/run/netns/" + PREFIX + host,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LabProcess.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve(host + ".err").toFile())
                .start();
        processes.put(host, process);
        Thread.ofVirtual().start(() -> {
            try (BufferedReader lines = process.inputReader()) {
                lines.lines().forEach(line -> {
                    if (line.startsWith("EVENT ")) {
                        String[] words = line.split(" ");
                        said.add(new Said(Long.parseLong(words[1]), words[2], words[3]));
                    } else if (Boolean.getBoolean("holdfast.verbose")) {
                        System.out.println(host + ": " + line);
                    }
                });
            } catch (IOException | java.io.UncheckedIOException ended) {
                // The process was killed: there is nothing more to read.
                processes.remove(host, process);
            }
        });
    }

    private Said awaitEvent(String event, String host, int from) {
        await().alias(event + " " + host)
                .pollInterval(Duration.ofMillis(20))
                .atMost(LIMIT)
                .until(() -> said.stream()
                        .skip(from)
                        .anyMatch(s -> s.event().equals(event) && s.host().equals(host)));
        return said.stream()
                .skip(from)
                .filter(s -> s.event().equals(event) && s.host().equals(host))
                .findFirst()
                .orElseThrow();
    }

    private void kill(String host) throws Exception {
        Process process = processes.get(host);
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }

    private void signal(String host, String signal) throws Exception {
        run("kill", signal, Long.toString(processes.get(host).pid()));
    }

    private static void ip(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        run(command.toArray(String[]::new));
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (OutputStream input = process.getOutputStream()) {
            input.flush();
        }
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }
}

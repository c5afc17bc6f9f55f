package io.holdfast.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.Reachability;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.supervisor.core.Rules;
import io.holdfast.store.StateDirectoryInUse;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A supervisor in this process, with children for which it does not matter that they are no agents. */
@Timeout(120)
class SupervisorProcessTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Rules QUICK = new Rules(
            Duration.ofMillis(50),
            Duration.ofMillis(400),
            Duration.ofMinutes(1),
            Duration.ofSeconds(3),
            Duration.ofMinutes(2),
            Duration.ofMillis(200),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2));

    @TempDir
    Path directory;

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Process> others = new ArrayList<>();
    private SupervisedHost host;
    private @Nullable SupervisorProcess supervisor;

    @BeforeEach
    void prepare() throws IOException {
        host = new SupervisedHost(directory, "127.0.0.1:1");
    }

    @AfterEach
    void stop() {
        if (supervisor != null) {
            supervisor.close();
        }
        others.forEach(Process::destroyForcibly);
        assertThat(failure.get()).isNull();
    }

    @Test
    void aChildThatIsKilledIsStartedAgainAndCallersAreToldWhatIsThere() throws Exception {
        start("echo $$ >> " + pids() + "; " + host.fakeAgent());
        long first = awaitPid(1);
        awaitAnswer(Reachability.ANSWERED);
        SupervisedHost.signal(first, "KILL");
        long second = awaitPid(2);
        assertThat(second).isNotEqualTo(first);
        awaitAnswer(Reachability.ANSWERED);
    }

    @Test
    void aKilledAgentIsNotThereUntilTheNextOneHasBegunItsWork() throws Exception {
        // Each life after the first waits for a word from us before it does anything.
        Path go = directory.resolve("go");
        start("echo $$ >> " + pids() + "; while [ ! -e " + go + " ]; do sleep 0.05; done; rm " + go + "; "
                + host.fakeAgent());
        long first = awaitPid(1);
        assertThat(host.called()).isEqualTo(Reachability.REFUSED);
        Files.createFile(go);
        awaitAnswer(Reachability.ANSWERED);
        SupervisedHost.signal(first, "KILL");
        long second = awaitPid(2);
        // A process of an agent exists all the while, and the life sign of the first one lies there still.
        assertThat(ProcessMark.of(second)).isPresent();
        assertThat(LifeSign.read(host.run)).isPresent();
        assertThat(host.called()).isEqualTo(Reachability.REFUSED);
        Files.createFile(go);
        awaitAnswer(Reachability.ANSWERED);
        assertThat(ProcessMark.of(second)).isPresent();
    }

    @Test
    void aChildThatEndsAtOnceIsDownAndTriedAgain() throws Exception {
        start("echo $$ >> " + pids() + "; exit 3");
        awaitPid(4);
        awaitAnswer(Reachability.REFUSED);
    }

    @Test
    void aProgramThatIsNotThereIsDownAndTriedAgain() throws Exception {
        supervisor = SupervisorProcess.start(
                host.loaded(),
                SecretReader.ofCommand(Map.of()),
                List.of(directory.resolve("missing").toString()),
                QUICK,
                failure::set);
        assertThat(host.called()).isEqualTo(Reachability.REFUSED);
        Path program = Files.writeString(
                directory.resolve("missing.new"), "#!/bin/sh\necho $$ >> " + pids() + "\n" + host.fakeAgent() + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Files.move(program, directory.resolve("missing"));
        awaitPid(1);
        awaitAnswer(Reachability.ANSWERED);
    }

    @Test
    void aStopIsPassedOnAndWaitsForTheGoodbye() throws Exception {
        start("trap 'echo bye >> " + pids() + "; exit 0' TERM; echo $$ >> " + pids() + "; while :; do sleep 0.1; done");
        long pid = awaitPid(1);
        supervisor.close();
        assertThat(Files.readAllLines(pids())).endsWith("bye");
        assertThat(ProcessMark.of(pid)).isEmpty();
    }

    @Test
    void aChildThatDoesNotStopIsKilledAtItsLimit() throws Exception {
        start("trap '' TERM; echo $$ >> " + pids() + "; while :; do sleep 0.1; done");
        long pid = awaitPid(1);
        long asked = System.nanoTime();
        supervisor.close();
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isGreaterThanOrEqualTo(QUICK.stopLimit());
        assertThat(ProcessMark.of(pid)).isEmpty();
    }

    @Test
    void aRunningAgentIsTakenOverAndNoSecondOneStarted() throws Exception {
        Process agent = shell(host.fakeAgent());
        await().atMost(LIMIT).untilAsserted(() -> assertThat(host.living()).isPresent());
        start("echo $$ >> " + pids() + "; exec sleep 1000");
        awaitAnswer(Reachability.ANSWERED);
        assertThat(agent.isAlive()).isTrue();
        assertThat(pids()).doesNotExist();
        // And it is looked after like any other.
        agent.destroyForcibly();
        awaitPid(1);
    }

    @Test
    void aLifeSignOfAnotherBootIsNobodys() throws Exception {
        Process agent = shell(host.fakeAgent());
        await().atMost(LIMIT).untilAsserted(() -> assertThat(host.living()).isPresent());
        Files.writeString(directory.resolve("boot-id"), "boot-2\n");
        start("echo $$ >> " + pids() + "; exec sleep 1000");
        awaitPid(1);
        assertThat(agent.isAlive()).isTrue();
    }

    @Test
    void anAgentThatHangsIsKilledAndStartedAgain() throws Exception {
        start(host.fakeAgent());
        await().atMost(LIMIT).untilAsserted(() -> assertThat(host.beats()).isGreaterThan(2));
        ProcessMark first = host.living().orElseThrow().process();
        SupervisedHost.signal(first.pid(), "STOP");
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(host.living()).isPresent();
            assertThat(host.living().orElseThrow().process()).isNotEqualTo(first);
        });
        assertThat(first.isAlive()).isFalse();
    }

    @Test
    void whoCannotListenSaysWhereAndLeavesNothingBehind() throws Exception {
        try (ServerSocket taken = new ServerSocket(host.port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(taken.isBound()).isTrue();
            assertThatThrownBy(() -> start("exec sleep 1000"))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("cannot listen at")
                    .hasMessageContaining(Integer.toString(host.port));
        }
        start("echo $$ >> " + pids() + "; exec sleep 1000");
        awaitPid(1);
    }

    @Test
    void aSecondSupervisorIsRefused() throws Exception {
        start("exec sleep 1000");
        assertThatThrownBy(() -> SupervisorProcess.start(
                        host.loaded(), SecretReader.ofCommand(Map.of()), List.of("true"), QUICK, failure::set))
                .isInstanceOf(StateDirectoryInUse.class);
    }

    @Test
    void aCertificateOfAnotherHostIsToldAtTheStart() throws Exception {
        host.write("127.0.0.1:1", "h2");
        assertThatThrownBy(() -> start("exec sleep 1000"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be understood")
                .hasMessageContaining("its certificate must be of this host");
    }

    @Test
    void whoCannotLookAtItsAgentSaysSoAndLeavesItAlone() throws Exception {
        start("echo $$ >> " + pids() + "; exec sleep 1000");
        long pid = awaitPid(1);
        // A directory in the place of the file cannot be read.
        Files.createDirectory(host.run.resolve("agent.life"));
        await().atMost(LIMIT).untilAsserted(() -> assertThat(failure.get()).isInstanceOf(IOException.class));
        failure.set(null);
        assertThat(ProcessMark.of(pid)).isPresent();
        SupervisedHost.signal(pid, "KILL");
    }

    private void start(String child) throws IOException {
        supervisor = SupervisorProcess.start(
                host.loaded(), SecretReader.ofCommand(Map.of()), List.of("sh", "-c", child), QUICK, failure::set);
    }

    private void awaitAnswer(Reachability answer) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(host.called()).isEqualTo(answer));
    }

    private Process shell(String command) throws IOException {
        Process process = new ProcessBuilder("sh", "-c", command).inheritIO().start();
        others.add(process);
        return process;
    }

    private Path pids() {
        return directory.resolve("pids");
    }

    private long awaitPid(int number) throws IOException {
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(pids()).exists();
            try (Stream<String> lines = Files.lines(pids())) {
                assertThat(lines.count()).isGreaterThanOrEqualTo(number);
            }
        });
        return Long.parseLong(Files.readAllLines(pids()).get(number - 1));
    }
}

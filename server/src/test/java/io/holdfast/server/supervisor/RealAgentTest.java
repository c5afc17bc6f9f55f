package io.holdfast.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.zookeeper.Coordination;
import io.holdfast.membership.zookeeper.EmbeddedZooKeeper;
import io.holdfast.membership.zookeeper.LeaseWatch;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real supervisor and the real agent, each as a process of its own, against a real ZooKeeper; of the hypervisor only
 * that the agent asks for it in vain.
 */
@Timeout(300)
class RealAgentTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    private final List<HostRegistration> registered = new CopyOnWriteArrayList<>();
    private SupervisedHost host;

    @Test
    void theAgentIsLookedAfterAndOutlivesItsSupervisor() throws Exception {
        host = new SupervisedHost(directory, "127.0.0.1:1");
        MembershipSettings settings = MembershipSettings.defaults().at(null, "127.0.0.1", 0, 0);
        try (EmbeddedZooKeeper zooKeeper =
                        EmbeddedZooKeeper.start(directory.resolve("zookeeper"), settings, host.controller);
                Coordination coordination = Coordination.connect(
                        // Not as the agent does: other tests in this process may have used TLS before.
                        settings.at("localhost:" + zooKeeper.port(), "127.0.0.1", 0, 0), host.controller);
                LeaseWatch leases = new LeaseWatch(coordination, SegmentId.of("default"), Duration.ofSeconds(1))) {
            leases.start(observation -> {
                if (observation instanceof Observation.LeaseView view) {
                    registered.addAll(view.held());
                }
            });
            host.write(zooKeeper.connectString(), "h1");
            Path program = host.distribution(":");
            Path says = directory.resolve("says");
            Process supervisor = host.supervisor(program, says);
            try {
                play(supervisor, program, says);
            } catch (AssertionError | Exception e) {
                System.out.println(Files.readString(says));
                throw e;
            } finally {
                supervisor.destroyForcibly();
                host.living()
                        .ifPresent(sign ->
                                ProcessHandle.of(sign.process().pid()).ifPresent(ProcessHandle::destroyForcibly));
            }
        }
    }

    private void play(Process supervisor, Path program, Path says) throws Exception {
        awaitBeats(1);
        ProcessMark first = agent();
        await(
                "it is called supervised",
                () -> assertThat(registered)
                        .anySatisfy(registration ->
                                assertThat(registration.supervisorPort()).isEqualTo(host.port)));
        assertThat(host.called()).isEqualTo(Reachability.ANSWERED);

        // The agent dies.
        SupervisedHost.signal(first.pid(), "KILL");
        awaitAnotherThan(first);
        ProcessMark second = agent();
        assertThat(Files.readString(says)).contains("the agent ended (signal 9)");

        // The agent hangs.
        SupervisedHost.signal(second.pid(), "STOP");
        awaitAnotherThan(second);
        ProcessMark third = agent();
        assertThat(second.isAlive()).isFalse();
        assertThat(Files.readString(says)).contains("the agent hangs: no sign of life");

        // The supervisor dies, and another one comes.
        supervisor.destroyForcibly().waitFor();
        await("nobody answers", () -> assertThat(host.called()).isEqualTo(Reachability.REFUSED));
        assertThat(third.isAlive()).isTrue();
        Process next = host.supervisor(program, says);
        try {
            await("it answers", () -> assertThat(host.called()).isEqualTo(Reachability.ANSWERED));
            assertThat(agent()).isEqualTo(third);
            assertThat(Files.readString(says)).contains("the agent runs already, pid " + third.pid());

            // The whole host stands still for longer than an agent may be silent, and nobody is to blame.
            SupervisedHost.signal(next.pid(), "STOP");
            SupervisedHost.signal(third.pid(), "STOP");
            assertThat(next.waitFor(5, TimeUnit.SECONDS)).isFalse();
            SupervisedHost.signal(next.pid(), "CONT");
            SupervisedHost.signal(third.pid(), "CONT");
            long beats = host.beats();
            awaitBeats(beats + 3);
            assertThat(agent()).isEqualTo(third);

            // A clean stop takes the agent along.
            next.destroy();
            assertThat(next.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(third.isAlive()).isFalse();
            assertThat(Files.readString(says)).contains("the agent has stopped");
        } finally {
            next.destroyForcibly();
        }
    }

    private ProcessMark agent() throws IOException {
        return host.living().orElseThrow().process();
    }

    private void awaitAnotherThan(ProcessMark gone) {
        await("another agent beats", () -> {
            assertThat(host.beats()).isPositive();
            assertThat(agent()).isNotEqualTo(gone);
        });
    }

    private void awaitBeats(long count) {
        await("the agent beats", () -> assertThat(host.beats()).isGreaterThanOrEqualTo(count));
    }

    private static void await(String what, org.awaitility.core.ThrowingRunnable condition) {
        org.awaitility.Awaitility.await(what).atMost(LIMIT).untilAsserted(condition);
    }
}

package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.GuestHealth;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real sockets, with this test in the place of QEMU and of guests that mean no good. */
class HeartbeatChannelsTest {

    @TempDir
    Path directory;

    private final List<InstanceId> told = new CopyOnWriteArrayList<>();
    private final AtomicBoolean broken = new AtomicBoolean();
    private final HeartbeatChannels channels = new HeartbeatChannels(instance -> {
        if (broken.getAndSet(false)) {
            throw new IllegalStateException("a defect, on purpose");
        }
        told.add(instance);
    });
    private final Map<Life, Path> running = new HashMap<>();
    private Qemu one;

    @BeforeEach
    void aGuest() throws IOException {
        one = new Qemu(1);
    }

    @AfterEach
    void end() throws IOException {
        one.die();
        channels.close();
    }

    /** What listens in the place of a guest's QEMU. */
    private final class Qemu {
        final Life life;
        final Path path;
        final ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        SocketChannel agent;

        Qemu(int id) throws IOException {
            this.life = new Life(new UUID(1, 7), id);
            this.path = directory.resolve("guest-" + id);
            listening.bind(UnixDomainSocketAddress.of(path), 1);
        }

        /** As QEMU does: one at a time. */
        Qemu accept() throws IOException {
            agent = listening.accept();
            return this;
        }

        Qemu say(String text) throws IOException {
            agent.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
            return this;
        }

        /** Reads the newest challenge and answers it. */
        Qemu answer() throws IOException {
            ByteBuffer text = ByteBuffer.allocate(4096);
            agent.read(text);
            String[] lines = new String(text.array(), 0, text.position(), StandardCharsets.ISO_8859_1).split("\n");
            return say(lines[lines.length - 1].replace("challenge", "answer") + "\n");
        }

        void die() throws IOException {
            listening.close();
            Files.deleteIfExists(path);
            if (agent != null) {
                agent.close();
            }
        }
    }

    @Test
    void asksAGuestThatWantsToBeWatchedAndTellsHowItIs() throws Exception {
        List<InstanceId> felt = new CopyOnWriteArrayList<>();
        try (HeartbeatChannels watching = new HeartbeatChannels(instance -> {}, felt::add)) {
            watching.listenTo(Map.of(one.life, one.path));
            one.accept().say("hello 1 200\nwatch\n");
            one.answer().say("beat 1 healthy\n");
            await().until(() -> watching.health(one.life) == GuestHealth.HEALTHY);
            one.answer().say("beat 2 unhealthy\n");
            await().until(() -> watching.health(one.life) == GuestHealth.UNHEALTHY);
            await().until(() -> watching.health(one.life) == GuestHealth.SILENT);
            // Halted by its owner until now.
            watching.excuse(one.life.instance());
            await().until(() -> watching.health(one.life) == GuestHealth.UNHEALTHY);
            one.say("goodbye\n");
            await().until(() -> watching.health(one.life) == GuestHealth.LEFT);
            assertThat(felt).hasSizeGreaterThanOrEqualTo(5).containsOnly(one.life.instance());
            one.die();
            await().until(() -> watching.health(one.life) == GuestHealth.UNKNOWN);
        }
    }

    @Test
    void aGuestThatAsksToBeWatchedAndReadsNothingHoldsUpNobody() throws Exception {
        try (HeartbeatChannels watching = new HeartbeatChannels(instance -> {}, instance -> {})) {
            Qemu two = new Qemu(2);
            watching.listenTo(Map.of(one.life, one.path, two.life, two.path));
            one.accept().say("hello 1 100\nwatch\n");
            two.accept().say("hello 1 200\nwatch\n");
            await().until(() -> watching.health(one.life) == GuestHealth.SILENT);
            two.answer().say("beat 1 healthy\n");
            await().until(() -> watching.health(two.life) == GuestHealth.HEALTHY);
            two.die();
        }
    }

    private void listenTo(Qemu... guests) {
        running.clear();
        for (Qemu guest : guests) {
            running.put(guest.life, guest.path);
        }
        channels.listenTo(running);
    }

    @Test
    void hearsAGuestComeUpAndTellsItOnce() throws Exception {
        listenTo(one);
        one.accept().say("hello 1 1000\nbeat 1 unhealthy\n");
        one.say("beat 2 healthy\nbeat 3 healthy\n");
        await().until(() -> channels.cameUp(one.life));
        one.say("beat 4 healthy\n");
        Qemu two = new Qemu(2);
        listenTo(one, two);
        two.accept().say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(two.life));
        two.die();
        assertThat(told).containsExactly(one.life.instance(), two.life.instance());
    }

    @Test
    void aGuestThatSaysNothingCostsNothingAndKeepsNobodyFromBeingHeard() throws Exception {
        Qemu two = new Qemu(2);
        listenTo(one, two);
        one.accept();
        two.accept().say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(two.life));
        assertThat(channels.cameUp(one.life)).isFalse();
        two.die();
    }

    @Test
    void whatAnEarlierRunSaidEndsWithIt() throws Exception {
        listenTo(one);
        one.accept().say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(one.life));
        one.die();
        await().until(() -> !channels.cameUp(one.life));
        // The same name for the next run, as when libvirt begins to count anew.
        one = new Qemu(1);
        listenTo(one);
        one.accept();
        assertThat(channels.cameUp(one.life)).isFalse();
        one.say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(one.life));
        assertThat(told).hasSize(2);
    }

    @Test
    void aGuestThatIsConnectedIsHeardOnWhenAnOlderListDoesNotNameIt() throws Exception {
        listenTo(one);
        one.accept();
        listenTo();
        one.say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(one.life));
    }

    @Test
    void aSocketThatIsNotThereYetIsTriedAgain() throws Exception {
        one.die();
        listenTo(one);
        channels.listenTo(running);
        one = new Qemu(1);
        one.accept().say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(one.life));
    }

    @Test
    void aQueueThatIsFullIsTriedAgain() throws Exception {
        try (SocketChannel before = SocketChannel.open(UnixDomainSocketAddress.of(one.path));
                SocketChannel another = SocketChannel.open(UnixDomainSocketAddress.of(one.path))) {
            listenTo(one);
            Qemu two = new Qemu(2);
            listenTo(one, two);
            two.accept().say("beat 1 healthy\n");
            // Nobody waits in a queue that nobody empties.
            await().until(() -> channels.cameUp(two.life));
            one.accept().agent.close();
            one.accept().agent.close();
            assertThat(before.isOpen() && another.isOpen()).isTrue();
            two.die();
        }
        one.accept().say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(one.life));
    }

    @Test
    void garbageAndLinesWithoutAnEndBringNobodyUpAndTheNextWordCounts() throws Exception {
        listenTo(one);
        byte[] garbage = new byte[256];
        for (int i = 0; i < garbage.length; i++) {
            garbage[i] = (byte) i;
        }
        one.accept();
        one.agent.write(ByteBuffer.wrap(garbage));
        one.say("beat 1 healthy".repeat(20)).say("\nbeat 99999999999999999999999 healthy\n\n\n\0\nbeat 2 healthy\n");
        await().until(() -> channels.cameUp(one.life));
        assertThat(told).hasSize(1);
    }

    @Test
    void aFloodIsReadAtABoundedRateAndKeepsNobodyFromBeingHeard() throws Exception {
        Qemu two = new Qemu(2);
        listenTo(one, two);
        one.accept().agent.configureBlocking(false);
        ByteBuffer flood = ByteBuffer.wrap(new byte[64 << 10]);
        long began = System.nanoTime();
        long taken = fill(flood);
        two.accept();
        two.say("beat 1 healthy\n");
        await().until(() -> channels.cameUp(two.life));
        // As long as the other one speaks, the flood goes on.
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            fill(flood);
            return System.nanoTime() - began > Duration.ofSeconds(2).toNanos();
        });
        taken += fill(flood);
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds() + 1;
        // Four pieces a second, and what the sockets hold by themselves.
        long held = 2L * one.agent.getOption(java.net.StandardSocketOptions.SO_SNDBUF) + (512 << 10);
        assertThat(taken).isLessThan(seconds * 4 * HeartbeatChannels.READ_BYTES_MAX + held);
        assertThat(channels.cameUp(one.life)).isFalse();
        two.die();
    }

    private long fill(ByteBuffer flood) throws IOException {
        long taken = 0;
        int written;
        do {
            flood.clear();
            written = one.agent.write(flood);
            taken += written;
        } while (written > 0);
        return taken;
    }

    @Test
    void aGuestThatConnectsAndDiesAgainAndAgainIsTriedAtABoundedRate() throws Exception {
        listenTo(one);
        long began = System.nanoTime();
        for (int i = 0; i < 3; i++) {
            one.accept().say("beat 1 heal").agent.close();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1900));
        one.accept().say("thy\nbeat 1 healthy\n");
        await().until(() -> channels.cameUp(one.life));
    }

    @Test
    void aDefectOfOursCostsAConnectionAndNotTheListening() throws Exception {
        broken.set(true);
        listenTo(one);
        one.accept().say("beat 1 healthy\n");
        one.accept().say("beat 2 healthy\n");
        await().until(() -> channels.cameUp(one.life));
        assertThat(told).containsExactly(one.life.instance());
    }

    @Test
    void afterItsEndNobodyIsConnectedAnyMore() throws Exception {
        listenTo(one);
        one.accept();
        channels.close();
        assertThat(one.agent.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
}

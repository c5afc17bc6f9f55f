package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.Health;
import io.holdfast.model.LeaderEpoch;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadinessTest {

    private static final Optional<LeaderEpoch> LEADS = Optional.of(LeaderEpoch.of(7));
    private static final Optional<URI> FOLLOWS = Optional.of(URI.create("https://c2:8774"));

    @TempDir
    Path directory;

    @Test
    void whoLeadsOrFollowsIsReadyUntilOnePartHasTrouble() {
        Health leader = Readiness.of(LEADS, Optional.empty(), "", "", "");
        assertThat(leader.ready()).isTrue();
        assertThat(leader.parts())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("leadership", "leads at epoch 7", "recovery", "well", "goals", "well", "disk", "well"));
        Health follower = Readiness.of(Optional.empty(), FOLLOWS, "", "", "");
        assertThat(follower.ready()).isTrue();
        assertThat(follower.parts()).containsEntry("leadership", "follows https://c2:8774");
        Health nobody = Readiness.of(Optional.empty(), Optional.empty(), "", "", "");
        assertThat(nobody.ready()).isFalse();
        assertThat(nobody.parts()).containsEntry("leadership", "does not lead now");

        assertThat(Readiness.of(LEADS, Optional.empty(), "no answer", "", "").ready())
                .isFalse();
        assertThat(Readiness.of(LEADS, Optional.empty(), "", "no answer", "").ready())
                .isFalse();
        assertThat(Readiness.of(LEADS, Optional.empty(), "", "", "full").ready())
                .isFalse();
        assertThat(Readiness.of(Optional.empty(), FOLLOWS, "", "", "full").parts())
                .containsEntry("disk", "full");
    }

    /** A file system of its own, in a mount namespace that only the child sees and that ends with it. */
    @Test
    void aDiskThatIsReallyFullMakesItNotReadyAndRoomMakesItReadyAgain() throws Exception {
        Assumptions.assumeTrue(
                new ProcessBuilder("unshare", "-Urm", "true").start().waitFor() == 0,
                "this kernel lets nobody have namespaces of his own");
        Path output = directory.resolve("output");
        Process child = new ProcessBuilder(
                        "unshare",
                        "-Urm",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=80m holdfast-test \"$1\" && shift && exec \"$@\"",
                        "sh",
                        Files.createDirectory(directory.resolve("state")).toString(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FullDisk.class.getName(),
                        directory.resolve("state").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        List<String> said = Files.readAllLines(output);
        assertThat(said).as("what the child says").hasSize(3);
        assertThat(said.get(0)).isEqualTo("true well");
        assertThat(said.get(1)).startsWith("false only 0 MiB are left").contains("changes may fail");
        assertThat(said.get(2)).isEqualTo("true well");
        assertThat(directory.resolve("state")).as("nobody else saw it").isEmptyDirectory();
    }

    /** Fills a small file system to the last byte, and frees it. */
    static final class FullDisk {

        private FullDisk() {}

        public static void main(String[] args) throws IOException {
            Path state = Path.of(args[0]);
            DiskSpace disk = new DiskSpace(state);
            say(disk);
            Path ballast = state.resolve("ballast");
            try (OutputStream out = Files.newOutputStream(ballast)) {
                byte[] block = "x".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
                for (int written = 0; written < 2_000; written++) {
                    out.write(block);
                }
                throw new IllegalStateException("it was never full");
            } catch (IOException full) {
                say(disk);
            }
            Files.delete(ballast);
            say(disk);
        }

        private static void say(DiskSpace disk) {
            Health health = Readiness.of(LEADS, Optional.empty(), "", "", disk.trouble());
            System.out.println(health.ready() + " " + health.parts().get("disk"));
        }
    }
}

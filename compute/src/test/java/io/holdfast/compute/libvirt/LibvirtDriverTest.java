package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.HypervisorDriver.GuestChange;
import io.holdfast.compute.HypervisorDriverContract;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.model.Generation;
import io.holdfast.model.HostTopology;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real libvirtd and real QEMU guests, in namespaces of their own. */
@Tag("lab")
class LibvirtDriverTest extends HypervisorDriverContract {

    @TempDir
    Path directory;

    private Path storage;
    private PrivateLibvirtd libvirtd;

    @BeforeEach
    void start() throws Exception {
        storage = directory.resolve("shared");
        Files.createDirectories(storage.resolve("images"));
        Files.createDirectories(storage.resolve("instances"));
        Files.write(storage.resolve("images/boot.raw"), bootSector());
        libvirtd = new PrivateLibvirtd(directory);
    }

    @AfterEach
    void end() throws Exception {
        libvirtd.close();
    }

    @Override
    protected HypervisorDriver driver() {
        LibvirtDriver driver = new LibvirtDriver(
                AgentFixtures.settings(storage, libvirtd.uri()), directory.resolve("state"), HostTopology.NONE);
        await().atMost(Duration.ofSeconds(30)).until(() -> driver.trouble().isEmpty());
        return driver;
    }

    @Override
    protected void killByHand(InstanceId instance) throws IOException {
        libvirtd.killGuest(instance);
    }

    @Override
    protected void says(InstanceId instance, String words) throws IOException {
        Files.writeString(directory.resolve("state/consoles/" + instance + ".log"), words);
    }

    @Override
    protected boolean diskExists(InstanceId instance) {
        return Files.exists(storage.resolve("instances/" + instance + "/disk.qcow2"));
    }

    @Test
    void findsItsGuestsAgainAfterLibvirtdWasKilled() throws Exception {
        try (HypervisorDriver driver = driver()) {
            List<GuestChange> changes = new CopyOnWriteArrayList<>();
            driver.onChange(changes::add);
            start(driver, a, Generation.of(3));
            libvirtd.killDaemon();
            await().atMost(Duration.ofSeconds(10)).until(() -> !driver.trouble().isEmpty());
            assertThatThrownBy(driver::guests).isInstanceOf(DriverException.class);
            libvirtd.startDaemon();
            await().atMost(Duration.ofSeconds(30)).until(() -> driver.trouble().isEmpty());
            assertThat(driver.guests()).containsExactly(new HypervisorDriver.Guest(a, Generation.of(3), true, false));
            assertThat(changes).anyMatch(GuestChange.HypervisorLost.class::isInstance);
            await().until(() -> changes.contains(new GuestChange.HypervisorBack()));
        }
    }

    @Test
    void aLibvirtdThatHangsCostsADeadlineAndNotTheAgent() throws Exception {
        try (HypervisorDriver driver = driver()) {
            libvirtd.freezeDaemon();
            long began = System.nanoTime();
            assertThatThrownBy(driver::guests).isInstanceOf(DriverException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(12));
            libvirtd.thawDaemon();
            await().atMost(Duration.ofSeconds(30)).until(() -> driver.trouble().isEmpty());
            assertThat(driver.guests()).isEmpty();
        }
    }

    private Path memory() {
        return storage.resolve("instances/" + a + "/memory.save");
    }

    @Test
    void aMemoryIsBroughtBackOnAHostThatHasNeverHadAGuest() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, Generation.of(1));
            driver.suspend(a, AgentFixtures.spec(a));
            Path consoles = directory.resolve("state/consoles");
            Files.delete(consoles.resolve(a + ".log"));
            Files.delete(consoles);
            start(driver, a, Generation.of(2));
            assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(2), true, false, false));
        }
    }

    @Test
    void aGuestThatStandsBesideItsMemoryGoesOnOnlyWhenThatIsForgotten() throws Exception {
        GuestSpec spec = AgentFixtures.spec(a);
        try (HypervisorDriver driver = driver()) {
            start(driver, a, Generation.of(1));
            driver.suspend(a, spec);
            // Nobody can delete what something is mounted on, as on a storage that refuses.
            run("mount", "--bind", memory().toString(), memory().toString());
            try {
                assertThatThrownBy(() -> start(driver, a, Generation.of(1)))
                        .isInstanceOf(DriverException.class)
                        .hasMessageContaining("it stays halted");
                assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(1), true, false, true));
                assertThat(driver.remembers(a, spec)).isTrue();
                assertThatThrownBy(() -> driver.unpause(a, spec))
                        .isInstanceOf(DriverException.class)
                        .hasMessageContaining("its memory is still kept");
                assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(1), true, false, true));
            } finally {
                run("umount", memory().toString());
            }
            start(driver, a, Generation.of(2));
            assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(2), true, false, false));
            assertThat(driver.remembers(a, spec)).isFalse();
            assertThat(memory()).doesNotExist();
        }
    }

    @Test
    void aMemoryThatWasWrittenByOneWhoDiedIsFoundAndOneThatWasCutShortIsNot() throws Exception {
        GuestSpec spec = AgentFixtures.spec(a);
        Path part = GuestDisks.unfinished(memory());
        try (HypervisorDriver driver = driver()) {
            start(driver, a, Generation.of(1));
            Files.writeString(part, "LibvirtQemudPart and so on");
            assertThat(driver.remembers(a, spec)).isFalse();
            // While the guest is there somebody may be writing it.
            assertThat(part).exists();
            driver.suspend(a, spec);
            Files.move(memory(), part);
            assertThat(driver.remembers(a, spec)).isTrue();
            assertThat(part).doesNotExist();
            Files.move(memory(), part);
            start(driver, a, Generation.of(1));
            assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(1), true, false, false));
            assertThat(part).doesNotExist();
            assertThat(memory()).doesNotExist();
            driver.destroy(a);
            Files.writeString(part, "LibvirtQemudPart and so on");
            assertThat(driver.remembers(a, spec)).isFalse();
            assertThat(part).doesNotExist();
            Files.createDirectory(part);
            assertThatThrownBy(() -> start(driver, a, Generation.of(2)))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("cannot be seen");
            assertThat(driver.guests()).isEmpty();
        }
    }

    @Test
    void aGuestThatOthersHaveHaltedIsLeftToThem() throws Exception {
        GuestSpec spec = AgentFixtures.spec(a);
        try (HypervisorDriver driver = driver()) {
            start(driver, a, Generation.of(1));
            byHand("suspend");
            assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(1), true, false, false));
            List<ThrowingCallable> all =
                    List.of(() -> driver.pause(a), () -> driver.unpause(a, spec), () -> driver.suspend(a, spec));
            for (ThrowingCallable one : all) {
                assertThatThrownBy(one).isInstanceOf(DriverException.class).hasMessageContaining("halted by others");
                assertThat(driver.diagnostics(a).state()).isEqualTo("paused");
            }
            byHand("resume");
            driver.pause(a);
            driver.unpause(a, spec);
            // What was let go on is ours no more when others halt it.
            byHand("suspend");
            assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(1), true, false, false));
        }
    }

    @Test
    void aGuestThatCannotBeSavedGoesOnOrStandsAsItStood() throws Exception {
        Path full = Files.createDirectories(directory.resolve("full/shared"));
        run("mount", "-t", "tmpfs", "-o", "size=4m", "holdfast-test", full.toString());
        try {
            Files.createDirectories(full.resolve("images"));
            Files.write(full.resolve("images/boot.raw"), bootSector());
            PrivateLibvirtd other = new PrivateLibvirtd(directory.resolve("full"));
            try (LibvirtDriver driver = new LibvirtDriver(
                    AgentFixtures.settings(full, other.uri()), directory.resolve("full/state"), HostTopology.NONE)) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> driver.trouble().isEmpty());
                start(driver, a, Generation.of(1));
                fill(full.resolve("ballast"));
                assertThatThrownBy(() -> driver.suspend(a, AgentFixtures.spec(a)))
                        .isInstanceOf(DriverException.class);
                assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(1), true, false, false));
                assertThat(driver.diagnostics(a).state()).isEqualTo("running");
                driver.pause(a);
                assertThatThrownBy(() -> driver.suspend(a, AgentFixtures.spec(a)))
                        .isInstanceOf(DriverException.class);
                assertThat(driver.guests()).containsExactly(new Guest(a, Generation.of(1), true, false, true));
                assertThat(driver.remembers(a, AgentFixtures.spec(a))).isFalse();
            } finally {
                other.close();
            }
        } finally {
            run("umount", full.toString());
        }
    }

    private static void fill(Path ballast) throws IOException {
        try (OutputStream out = Files.newOutputStream(ballast)) {
            for (int i = 0; i < 4096; i++) {
                out.write(new byte[4096]);
            }
            throw new IllegalStateException("a storage of 4 MiB took 16 MiB");
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private void byHand(String verb) throws Exception {
        run("virsh", "-q", "-c", libvirtd.uri(), verb, a.toString());
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }

    @Test
    void saysWhichImageIsMissingAndTouchesNothingOutsideItsDirectories() throws Exception {
        try (HypervisorDriver driver = driver()) {
            assertRefused(driver, "instances/x/disk.qcow2", "images/nothing.raw", "nothing.raw is missing");
            assertRefused(driver, "../x/disk.qcow2", "images/boot.raw", "does not lie inside");
            assertRefused(driver, "images/boot.raw", "images/boot.raw", "does not lie inside");
            assertRefused(driver, "/etc/x", "images/boot.raw", "does not lie inside");
            assertRefused(driver, "instances/x/disk.qcow2", "images/../../etc/passwd", "does not lie inside");
            assertThat(driver.guests()).isEmpty();
        }
    }

    private void assertRefused(HypervisorDriver driver, String disk, String image, String why) {
        GuestSpec spec = new GuestSpec("x", 1, 8, disk, image, "raw", 0, null, null, null);
        assertThatThrownBy(() -> driver.start(a, Generation.of(1), spec))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining(why);
    }

    /** {@code sti; hlt; jmp}: a guest that does nothing for ever, quietly. */
    private static byte[] bootSector() {
        byte[] image = new byte[1 << 20];
        byte[] code = {(byte) 0xfb, (byte) 0xf4, (byte) 0xeb, (byte) 0xfd};
        System.arraycopy(code, 0, image, 0, code.length);
        image[510] = 0x55;
        image[511] = (byte) 0xaa;
        return image;
    }
}

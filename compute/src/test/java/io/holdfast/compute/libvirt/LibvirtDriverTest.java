package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.GuestChange;
import io.holdfast.compute.HypervisorDriverContract;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
        LibvirtDriver driver =
                new LibvirtDriver(AgentFixtures.settings(storage, libvirtd.uri()), directory.resolve("state"));
        await().atMost(Duration.ofSeconds(30)).until(() -> driver.trouble().isEmpty());
        return driver;
    }

    @Override
    protected void killByHand(InstanceId instance) throws IOException {
        libvirtd.killGuest(instance);
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

    @Test
    void startsQuickly() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, b, Generation.of(1));
            long began = System.nanoTime();
            start(driver, a, Generation.of(1));
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            System.out.println("start of a guest took " + took.toMillis() + " ms");
            assertThat(took).isLessThan(Duration.ofSeconds(5));
        }
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

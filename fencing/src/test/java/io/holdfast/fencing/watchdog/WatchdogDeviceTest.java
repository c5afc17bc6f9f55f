package io.holdfast.fencing.watchdog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FencingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WatchdogDeviceTest {

    private static final Duration THREE = Duration.ofSeconds(3);

    @TempDir
    Path directory;

    private WatchdogFacts facts(String name, String... files) throws IOException {
        Path sysfs = directory.resolve("sys");
        Path home = Files.createDirectories(sysfs.resolve("watchdog0"));
        for (int i = 0; i < files.length; i += 2) {
            Files.writeString(home.resolve(files[i]), files[i + 1] + "\n");
        }
        return WatchdogFacts.of(Path.of(name), sysfs);
    }

    private Path device() throws IOException {
        Path device = directory.resolve("watchdog");
        return Files.exists(device) ? device : Files.createFile(device);
    }

    @Test
    void readsWhatTheKernelSaysOfTheDevice() throws IOException {
        WatchdogFacts facts =
                facts("/dev/watchdog", "timeout", "3", "nowayout", "0", "options", "0x8180", "identity", "iTCO_wdt");
        assertThat(facts.timeout()).contains(THREE);
        assertThat(facts.survivesClose()).contains(true);
        assertThat(facts.isSoftware()).isFalse();
        assertThat(WatchdogFacts.of(Path.of("/run/lab/watchdog"), directory).timeout())
                .isEmpty();
    }

    @Test
    void whatTheKernelDoesNotSayIsNotGuessed() throws IOException {
        WatchdogFacts silent = facts("/dev/watchdog0");
        assertThat(silent).isEqualTo(new WatchdogFacts(Optional.empty(), Optional.empty(), Optional.empty()));
        WatchdogFacts odd = facts("/dev/watchdog0", "timeout", "soon", "options", "many");
        assertThat(odd.timeout()).isEmpty();
        assertThat(odd.survivesClose()).isEmpty();
    }

    @Test
    void aDeviceThatStopsCountingWhenItsFileIsClosedIsRefused() throws IOException {
        Path device = device();
        WatchdogFacts stops = facts("/dev/watchdog", "timeout", "3", "nowayout", "0", "options", "0x80");
        assertThatThrownBy(() -> WatchdogDevice.check(device, stops, THREE, false))
                .isInstanceOf(FencingException.class)
                .hasMessageContaining("stops counting when its file is closed")
                .hasMessageContaining("nowayout=1");
        WatchdogFacts noWayOut = facts("/dev/watchdog", "nowayout", "1");
        assertThatCode(() -> WatchdogDevice.check(device, noWayOut, THREE, false))
                .doesNotThrowAnyException();
    }

    @Test
    void aDeviceOfWhichNothingIsKnownNeedsTheOperatorsWord() throws IOException {
        Path device = device();
        WatchdogFacts silent = facts("/dev/watchdog");
        assertThatThrownBy(() -> WatchdogDevice.check(device, silent, THREE, false))
                .hasMessageContaining("may stop counting");
        assertThatCode(() -> WatchdogDevice.check(device, silent, THREE, true)).doesNotThrowAnyException();
    }

    @Test
    void aTimerOfTheKernelCountsOnlyByTheOperatorsWord() throws IOException {
        Path device = device();
        WatchdogFacts soft = facts("/dev/watchdog", "timeout", "3", "nowayout", "1", "identity", "Software Watchdog");
        assertThatThrownBy(() -> WatchdogDevice.check(device, soft, THREE, false))
                .hasMessageContaining("self-fence.trust-device");
        assertThatCode(() -> WatchdogDevice.check(device, soft, THREE, true)).doesNotThrowAnyException();
    }

    @Test
    void anotherTimeThanTheSettingsSayIsRefusedWhateverTheOperatorSays() throws IOException {
        Path device = device();
        WatchdogFacts minute = facts("/dev/watchdog", "timeout", "60", "nowayout", "1");
        assertThatThrownBy(() -> WatchdogDevice.check(device, minute, THREE, true))
                .hasMessageContaining("self-fence.watchdog-time is 3000ms")
                .hasMessageContaining("waits 60000ms");
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedAndNotMade() {
        Path missing = directory.resolve("missing");
        WatchdogFacts silent = WatchdogFacts.of(missing);
        assertThatThrownBy(() -> WatchdogDevice.check(missing, silent, THREE, true))
                .hasMessageContaining("there is no " + missing);
        assertThatThrownBy(() -> WatchdogDevice.arm(missing)).isInstanceOf(IOException.class);
        assertThat(missing).doesNotExist();
    }

    @Test
    void pettingWritesAndOnlyDisarmingWritesTheLetter() throws IOException {
        Path device = device();
        WatchdogDevice armed = WatchdogDevice.arm(device);
        armed.pet();
        assertThat(device).hasContent(".");
        armed.close();
        assertThat(device).hasContent(".");
        WatchdogDevice again = WatchdogDevice.arm(device);
        again.disarm();
        assertThat(device).hasContent("V");
        assertThatThrownBy(again::pet).isInstanceOf(IOException.class);
    }
}

package io.holdfast.fencing.watchdog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the kernel says of a watchdog, in {@code /sys/class/watchdog/NAME}; each part is empty where it says nothing.
 *
 * @param timeout how long it waits
 * @param survivesClose whether it goes on counting when its file is closed without the letter V
 * @param identity its driver's name for it
 */
public record WatchdogFacts(Optional<Duration> timeout, Optional<Boolean> survivesClose, Optional<String> identity) {

    /** WDIOF_MAGICCLOSE: only the letter V makes closing a disarming. */
    private static final int MAGIC_CLOSE = 0x0100;

    private static final Path SYSFS = Path.of("/sys/class/watchdog");

    /** Of a device, by its name: {@code /dev/watchdog} is the first one. */
    public static WatchdogFacts of(Path device) {
        return of(device, SYSFS);
    }

    static WatchdogFacts of(Path device, Path sysfs) {
        String name = String.valueOf(device.getFileName());
        boolean ours = device.startsWith("/dev") && name.startsWith("watchdog");
        Path at = sysfs.resolve(name.equals("watchdog") ? "watchdog0" : name);
        if (!ours) {
            return new WatchdogFacts(Optional.empty(), Optional.empty(), Optional.empty());
        }
        Optional<Boolean> noWayOut = read(at.resolve("nowayout")).map("1"::equals);
        Optional<Boolean> magicClose = read(at.resolve("options")).flatMap(WatchdogFacts::hasMagicClose);
        return new WatchdogFacts(
                read(at.resolve("timeout")).flatMap(WatchdogFacts::seconds),
                noWayOut.filter(yes -> yes).or(() -> magicClose),
                read(at.resolve("identity")));
    }

    /** A softdog is a timer of the kernel that it should watch. */
    public boolean isSoftware() {
        return identity.map(name -> name.equals("Software Watchdog")).orElse(false);
    }

    private static Optional<Duration> seconds(String text) {
        try {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        } catch (NumberFormatException notANumber) {
            return Optional.empty();
        }
    }

    private static Optional<Boolean> hasMagicClose(String hex) {
        try {
            return Optional.of((Long.decode(hex) & MAGIC_CLOSE) != 0);
        } catch (NumberFormatException notANumber) {
            return Optional.empty();
        }
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException saysNothing) {
            return Optional.empty();
        }
    }
}

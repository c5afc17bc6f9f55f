package io.holdfast.model;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a host says of the way in which it would stop itself: the watchdog that it has armed, and what it pets it for. A host that
 * says nothing has armed nothing, and its silence never proves anything. Said in the lease and in the slot, in the same words.
 *
 * @param watchdog path of the armed device
 * @param timeout how long the device waits for a pet before it resets the machine, 1 s to 1 h
 * @param licence for how long one good write of the slot allows to pet, from the moment at which the write began; 100 ms to 1 h
 * @param slotDevice identity of the slot device that the host writes, so that nobody watches another one by mistake
 */
public record SelfFenceTerms(String watchdog, Duration timeout, Duration licence, UUID slotDevice) {

    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._/@:-]{1,200}");

    public SelfFenceTerms {
        if (!PATH.matcher(watchdog).matches()) {
            throw new IllegalArgumentException(
                    "not a path of a watchdog: '" + watchdog + "' (absolute, at most 200 letters, digits and ._/@:-)");
        }
        between("time-out", timeout, Duration.ofSeconds(1));
        between("licence", licence, Duration.ofMillis(100));
    }

    private static void between(String what, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("a watchdog's " + what + " must be between " + least.toMillis()
                    + "ms and 1h, is " + value.toMillis() + "ms");
        }
    }

    /** The form that {@link #parse} reads: {@code watchdog=/dev/watchdog;timeout-ms=3000;licence-ms=2000;slot=UUID}. */
    @Override
    public String toString() {
        return "watchdog=" + watchdog + ";timeout-ms=" + timeout.toMillis() + ";licence-ms=" + licence.toMillis()
                + ";slot=" + slotDevice;
    }

    /** Reads what {@link #toString} wrote; unknown keys are a newer version's and are passed over. Throws {@link IllegalArgumentException}. */
    public static SelfFenceTerms parse(String text) {
        Map<String, String> said = new LinkedHashMap<>();
        for (String part : text.split(";", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                said.put(part.substring(0, equals), part.substring(equals + 1));
            }
        }
        return new SelfFenceTerms(
                need(said, "watchdog", text),
                millis(need(said, "timeout-ms", text)),
                millis(need(said, "licence-ms", text)),
                UUID.fromString(need(said, "slot", text)));
    }

    private static Duration millis(String number) {
        return Duration.ofMillis(Long.parseLong(number));
    }

    private static String need(Map<String, String> said, String key, String text) {
        String value = said.get(key);
        if (value == null) {
            throw new IllegalArgumentException("no " + key + " in '" + text + "'");
        }
        return value;
    }
}

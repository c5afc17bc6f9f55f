package io.holdfast.fencing;

import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * By which devices which host is isolated, level by level. Fixed while the process runs; any thread may ask.
 *
 * <p>A host has the levels of the entry that bears its name, or else of the most particular pattern that fits it: the one
 * with the most characters that are no asterisk, the first in the alphabet among equals. A host that no entry fits has one
 * level, with the device of its own name, if there is one.
 */
public final class FenceDevices {

    private final Map<String, FenceDevice> byName;
    private final Map<String, List<FencingSettings.Level>> levels;
    private final List<String> patterns;

    /**
     * @param byName all devices
     * @param levels by host or by pattern, which devices make up each level; see {@link FencingSettings#levels}
     */
    public FenceDevices(Map<String, FenceDevice> byName, Map<String, List<FencingSettings.Level>> levels) {
        this.byName = new TreeMap<>(byName);
        this.levels = Map.copyOf(levels);
        this.patterns = levels.keySet().stream()
                .filter(FencingSettings::isPattern)
                .sorted(Comparator.comparingLong(FenceDevices::strange)
                        .reversed()
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /** One level with one device for each host. */
    public static FenceDevices one(Map<HostId, FenceDevice> byHost) {
        return new FenceDevices(
                byHost.entrySet().stream()
                        .collect(Collectors.toMap(each -> each.getKey().value(), Map.Entry::getValue)),
                Map.of());
    }

    private static long strange(String pattern) {
        return pattern.chars().filter(character -> character != '*').count();
    }

    /** The levels of a host in their order; none when nothing is configured for it. */
    public List<FenceLevel> of(HostId host) {
        List<FencingSettings.Level> configured = levels.get(host.value());
        for (int i = 0; configured == null && i < patterns.size(); i++) {
            if (fits(patterns.get(i), host.value())) {
                configured = levels.get(patterns.get(i));
            }
        }
        if (configured == null) {
            FenceDevice own = byName.get(host.value());
            return own == null ? List.of() : List.of(FenceLevel.of(own.of(host)));
        }
        List<FenceLevel> ladder = new ArrayList<>();
        for (FencingSettings.Level level : configured) {
            List<FenceDevice> devices = new ArrayList<>();
            for (String name : level.devices()) {
                String meant = name.replace(FencingSettings.HOST, host.value());
                @Nullable FenceDevice device = byName.get(meant);
                devices.add(device == null ? new Missing(meant) : device.of(host));
            }
            ladder.add(new FenceLevel(devices, level.attemptsOrDefault(), level.delayOrDefault(), level.deadline()));
        }
        return ladder;
    }

    private static boolean fits(String pattern, String host) {
        return Pattern.compile("\\Q" + pattern.replace("*", "\\E.*\\Q") + "\\E")
                .matcher(host)
                .matches();
    }

    /** All devices by name, in the order of their names. */
    public Map<String, FenceDevice> all() {
        return Collections.unmodifiableMap(byName);
    }

    /**
     * A device that a level asks for and nobody has described. It is in its level all the same, and proves nothing: a level
     * of two outlets of which one is forgotten must not become a level of one.
     */
    private record Missing(String wanted) implements FenceDevice {

        private static final String WHY = "there is no such device in fencing.devices";

        @Override
        public String name() {
            return "missing device " + wanted;
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return new PowerReading(PowerState.UNKNOWN, WHY, Duration.ZERO);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            return new PowerOrder(PowerOrder.Answer.REFUSED, WHY, Duration.ZERO);
        }
    }
}

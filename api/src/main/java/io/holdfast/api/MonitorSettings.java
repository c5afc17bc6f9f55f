package io.holdfast.api;

import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Programs outside that say that a host failed, and how far each is believed. Keys begin with {@code api.monitors.}
 *
 * @param known the monitors, by the names of their tokens; whoever is not named here and is an administrator condemns, and may state
 *     that it has fenced where the call has a word for it; default none
 * @param repeatsWithin the same word about the same host within this time is a repeat: it joins what is under way, and is looked
 *     into before it is acted on once that is over, 1s to 1h, default 3m. Too short: monitors that tell what they see again and again have a
 *     host fenced that is back; too long: a second failure soon after the first waits for our own signals
 * @param alertLabels labels of a Prometheus alert of which the first that it has names the host, default
 *     {@code [host, nodename, instance]}; a port at the end is left out. The label {@code holdfast_host} comes before all of them
 * @param alertHosts which host is meant by a label's value, for example {@code "10.0.0.11": h1}; what does not stand here is a host's
 *     name or the address of its agent
 */
public record MonitorSettings(
        List<Monitor> known, Duration repeatsWithin, List<String> alertLabels, Map<String, HostId> alertHosts) {

    public MonitorSettings {
        known = List.copyOf(known);
        alertLabels = List.copyOf(alertLabels);
        alertHosts = Map.copyOf(alertHosts);
        Set<String> names = new HashSet<>();
        for (Monitor monitor : known) {
            if (!names.add(monitor.name())) {
                throw new IllegalArgumentException("api.monitors.known names " + monitor.name() + " twice");
            }
        }
        if (repeatsWithin.toMillis() < 1000 || repeatsWithin.toMinutes() > 60) {
            throw new IllegalArgumentException(
                    "api.monitors.repeats-within must be between 1s and 1h, is " + repeatsWithin.toMillis() + "ms");
        }
        if (alertLabels.isEmpty() || alertLabels.size() > 32) {
            throw new IllegalArgumentException("api.monitors.alert-labels must name 1 to 32 labels");
        }
    }

    public static MonitorSettings defaults() {
        return new MonitorSettings(List.of(), Duration.ofMinutes(3), List.of("host", "nodename", "instance"), Map.of());
    }

    /** What follows from a monitor's word that a host is gone. */
    public enum Trust {
        /** Every signal is asked; while one says that the host lives nothing follows. */
        SUSPECTS,
        /** The host is condemned: fenced, and proven isolated, before anything starts elsewhere. */
        CONDEMNS,
        /** The monitor has isolated the host itself: its word is the proof, recorded with its name. */
        HAS_FENCED
    }

    /**
     * @param name of its token in {@code api.tokens}
     * @param trust what follows from its word, default {@code condemns}
     * @param wordsPerMinute words in a minute before further ones are answered 429, 1 to 10,000, default 60. Too small: a
     *     failed rack is told host by host; too large: a monitor that has gone mad has everything fenced that the guards allow
     */
    public record Monitor(String name, Trust trust, int wordsPerMinute) {

        public Monitor {
            if (name.isBlank()) {
                throw new IllegalArgumentException("api.monitors.known: each monitor must have a name");
            }
            if (wordsPerMinute < 1 || wordsPerMinute > 10_000) {
                throw new IllegalArgumentException("api.monitors.known: words-per-minute of " + name
                        + " must be between 1 and 10000, is " + wordsPerMinute);
            }
        }

        public static Monitor defaults() {
            return new Monitor("monitor", Trust.CONDEMNS, 60);
        }
    }
}

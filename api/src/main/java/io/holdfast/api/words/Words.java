package io.holdfast.api.words;

import io.holdfast.api.MonitorSettings;
import io.holdfast.api.MonitorSettings.Monitor;
import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Caller;
import io.holdfast.model.HostId;
import io.holdfast.recovery.Recovery;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** The one place where a word about a host is weighed by who gives it. Any thread. */
public final class Words {

    private final Recovery recovery;
    private final Map<String, Monitor> known;
    private final Map<String, Rate> rates = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    /** @param nanoTime a monotonic clock in nanoseconds */
    public Words(Recovery recovery, MonitorSettings settings, LongSupplier nanoTime) {
        this.recovery = recovery;
        this.known = settings.known().stream().collect(Collectors.toMap(Monitor::name, Function.identity()));
        this.nanoTime = nanoTime;
    }

    /** @throws ApiFault 403 for whoever is neither an administrator nor a monitor */
    public void requireMay(Caller caller) {
        if (!caller.isAdmin() && !known.containsKey(caller.user())) {
            throw new ApiFault(403, "Only administrators and monitors that the settings name may do this.");
        }
    }

    /** What follows from this caller's word. */
    public Trust trust(Caller caller) {
        Monitor monitor = known.get(caller.user());
        return monitor == null ? Trust.CONDEMNS : monitor.trust();
    }

    /**
     * Takes a word that a host is gone. Durable or refused when it returns.
     *
     * @param fenced whether the caller states with this very word that it has isolated the host
     * @throws ApiFault 403 when it may not say that, 429 when it says too much
     */
    public Said down(Caller caller, HostId host, boolean fenced, String reason) {
        requireMay(caller);
        count(caller);
        Monitor monitor = known.get(caller.user());
        if (monitor == null) {
            recovery.forceDown(host, caller.actor(), fenced, reason);
            return new Said.Acted();
        }
        if (fenced && monitor.trust() != Trust.HAS_FENCED) {
            throw new ApiFault(
                    403,
                    "The settings do not trust monitor " + monitor.name()
                            + " so far that its word would prove a host isolated.");
        }
        return switch (monitor.trust()) {
            case SUSPECTS -> suspect(caller, host, reason);
            case CONDEMNS -> {
                recovery.forceDown(host, caller.actor(), false, reason);
                yield new Said.Acted();
            }
            case HAS_FENCED -> {
                recovery.forceDown(host, caller.actor(), true, reason);
                yield new Said.Acted();
            }
        };
    }

    /** A word that may be an old one: whatever the caller's trust, it is looked into before anything follows. */
    public Said doubtful(Caller caller, HostId host, String reason) {
        requireMay(caller);
        count(caller);
        return suspect(caller, host, reason);
    }

    private Said suspect(Caller caller, HostId host, String reason) {
        return switch (recovery.suspect(host, caller.actor(), reason)) {
            case Recovery.SuspicionAnswer.Condemned _ -> new Said.Acted();
            case Recovery.SuspicionAnswer.NotActed(String why) -> new Said.NotActed(why);
        };
    }

    /** @throws ApiFault 429 when a monitor says too much */
    public void count(Caller caller) {
        Monitor monitor = known.get(caller.user());
        if (monitor != null
                && !rates.computeIfAbsent(monitor.name(), name -> new Rate(monitor.wordsPerMinute(), nanoTime))
                        .take()) {
            throw new ApiFault(
                    429,
                    "Monitor " + monitor.name() + " has given " + monitor.wordsPerMinute()
                            + " words within a minute; the rest is not heard.");
        }
    }

    /** What came of a word. */
    public sealed interface Said {
        /** The host stands condemned, or did before. */
        record Acted() implements Said {}

        /** @param reason for people */
        record NotActed(String reason) implements Said {}
    }

    /** Full at the start, refilled evenly. */
    private static final class Rate {
        private static final double MINUTE_NANOS = 60e9;

        private final int perMinute;
        private final LongSupplier nanoTime;
        private double left;
        private long atNanos;

        private Rate(int perMinute, LongSupplier nanoTime) {
            this.perMinute = perMinute;
            this.nanoTime = nanoTime;
            this.left = perMinute;
            this.atNanos = nanoTime.getAsLong();
        }

        private synchronized boolean take() {
            long now = nanoTime.getAsLong();
            left = Math.min(perMinute, left + (now - atNanos) * perMinute / MINUTE_NANOS);
            atNanos = now;
            if (left < 1) {
                return false;
            }
            left--;
            return true;
        }
    }
}

package io.holdfast.server.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What happened since the host failed, from all witnesses, each thing once. */
final class Timeline {

    private @Nullable Instant failedAt;
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    /** From then on times count. Nothing can be added before. */
    void begin(Instant failedAt) {
        this.failedAt = failedAt;
    }

    /** Adds what was not known yet; returns whether it was new. */
    boolean add(Instant at, String kind, String subject, String text, String witness) {
        if (failedAt == null) {
            throw new IllegalStateException("nothing has failed yet");
        }
        if (!seen.add(at + "|" + kind + "|" + subject + "|" + text)) {
            return false;
        }
        entries.add(new Entry(Duration.between(failedAt, at).toNanos() / 1e6, kind, subject, text, witness));
        return true;
    }

    /** Earliest first. */
    List<Entry> entries() {
        return entries.stream()
                .sorted(Comparator.comparingDouble(Entry::atMillis))
                .toList();
    }

    Optional<Double> first(String kind) {
        return times(kind).stream().min(Double::compare);
    }

    Optional<Double> last(String kind) {
        return times(kind).stream().max(Double::compare);
    }

    List<Double> times(String kind) {
        return entries.stream()
                .filter(entry -> entry.kind.equals(kind))
                .map(Entry::atMillis)
                .toList();
    }

    /**
     * @param atMillis since the host failed; negative for what came before
     * @param witness who saw it: {@code controller}, {@code owner} (the webhook's receiver) or {@code guest} (its ledger)
     */
    record Entry(double atMillis, String kind, String subject, String text, String witness) {}
}

package io.holdfast.server.agent.health.core;

import io.holdfast.membership.AgentHealth.Grade;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a single measure means.
 *
 * <p>A limit that was passed is left only by a tenth of it: a value that stands on the limit would otherwise be on both sides of
 * it in turn. That one measure does not count for much is the business of {@link HealthMachine}.
 */
final class HealthRules {

    /** Too small: a value at its limit flutters; too large: what is well again is called ill for long. */
    private static final double CLEARANCE = 0.1;

    private final HealthLimits limits;

    HealthRules(HealthLimits limits) {
        this.limits = limits;
    }

    /** A grade, and what it rests on. */
    record Judged(Grade grade, String detail) {}

    /** Empty while a question is under way and has not taken long. */
    Optional<Judged> libvirt(Reading<Integer> reading, Grade held) {
        return switch (reading) {
            case Reading.Answer<Integer>(Integer guests, Duration took) ->
                judged(
                        above(took, limits.libvirtPoor(), limits.libvirtBad(), held),
                        "answers in " + millis(took) + ", runs " + guests + (guests == 1 ? " guest" : " guests"));
            case Reading.Failure<Integer>(String reason) -> judged(Grade.BAD, reason);
            case Reading.Silence<Integer>(Duration asked) ->
                silent(asked, limits.libvirtPoor(), limits.libvirtBad(), held, "has not answered for ");
            case Reading.Unasked<Integer>(String reason) -> judged(Grade.UNKNOWN, reason);
        };
    }

    /** Empty while an access is under way and has not taken long. */
    Optional<Judged> storage(Reading<Measures.Access> reading, Grade held) {
        return switch (reading) {
            case Reading.Answer<Measures.Access> answer -> storage(answer.value(), held);
            case Reading.Failure<Measures.Access>(String reason) -> judged(Grade.BAD, reason);
            case Reading.Silence<Measures.Access>(Duration asked) ->
                silent(asked, limits.storagePoor(), limits.storageBad(), held, "an access has not come back for ");
            case Reading.Unasked<Measures.Access>(String reason) -> judged(Grade.UNKNOWN, reason);
        };
    }

    private Optional<Judged> storage(Measures.Access access, Grade held) {
        Duration slower = access.write().compareTo(access.read()) > 0 ? access.write() : access.read();
        return judged(
                above(slower, limits.storagePoor(), limits.storageBad(), held),
                "written in " + millis(access.write()) + ", read back in " + millis(access.read())
                        + (access.pastCaches() ? "" : ", through the page cache"));
    }

    /** The fullest file system counts. One that cannot be asked is unknown, and says nothing about the others. */
    Optional<Judged> space(Reading<List<Measures.Space>> reading, Grade held) {
        return switch (reading) {
            case Reading.Answer<List<Measures.Space>> answer -> space(answer.value(), held);
            case Reading.Failure<List<Measures.Space>>(String reason) -> judged(Grade.UNKNOWN, reason);
            case Reading.Silence<List<Measures.Space>>(Duration asked) -> late(asked);
            case Reading.Unasked<List<Measures.Space>>(String reason) -> judged(Grade.UNKNOWN, reason);
        };
    }

    private Optional<Judged> space(List<Measures.Space> places, Grade held) {
        return judged(
                places.stream()
                        .map(place -> grade(place, held))
                        .reduce(HealthRules::worse)
                        .orElse(Grade.UNKNOWN),
                places.isEmpty()
                        ? "no file system is watched"
                        : places.stream().map(HealthRules::text).collect(Collectors.joining("; ")));
    }

    private Grade grade(Measures.Space place, Grade held) {
        return place.trouble() != null || place.totalBytes() <= 0
                ? Grade.UNKNOWN
                : below(percent(place), limits.diskPoorPercent(), limits.diskBadPercent(), held);
    }

    private static double percent(Measures.Space place) {
        return 100.0 * place.usableBytes() / place.totalBytes();
    }

    private static String text(Measures.Space place) {
        if (place.trouble() != null) {
            return place.place() + " unknown: " + place.trouble();
        }
        return place.totalBytes() <= 0
                ? place.place() + " unknown: it says that it has no size"
                : place.place() + " has " + shortened(percent(place)) + " % free (" + bytes(place.usableBytes())
                        + " of " + bytes(place.totalBytes()) + ")";
    }

    Optional<Judged> memory(Reading<Measures.Memory> reading, Grade held) {
        return switch (reading) {
            case Reading.Answer<Measures.Memory> answer -> memory(answer.value(), held);
            case Reading.Failure<Measures.Memory>(String reason) -> judged(Grade.UNKNOWN, reason);
            case Reading.Silence<Measures.Memory>(Duration asked) -> late(asked);
            case Reading.Unasked<Measures.Memory>(String reason) -> judged(Grade.UNKNOWN, reason);
        };
    }

    private Optional<Judged> memory(Measures.Memory memory, Grade held) {
        double available = 100.0 * memory.availableKib() / memory.totalKib();
        Grade byShare = below(available, limits.memoryPoorPercent(), limits.memoryBadPercent(), held);
        Grade byStall = memory.stalledPercent()
                .map(stalled -> above(stalled, limits.stallPoorPercent(), limits.stallBadPercent(), held))
                .orElse(Grade.GOOD);
        String stalled = memory.stalledPercent()
                .map(share -> shortened(share) + " % of 10 s")
                .orElse("unknown: this kernel does not count pressure");
        return judged(
                worse(byShare, byStall),
                shortened(available) + " % available (" + bytes(memory.availableKib() * 1024) + " of "
                        + bytes(memory.totalKib() * 1024) + "), stalled " + stalled);
    }

    /**
     * A clock that nobody sets is poor and no worse: nothing in the product rests on the wall clock, people do.
     *
     * @param step the largest difference between any two values of the wall clock less the monotonic one, lately
     */
    Optional<Judged> clock(Reading<Measures.Clock> reading, Duration step, Grade held) {
        return switch (reading) {
            case Reading.Answer<Measures.Clock> answer -> clock(answer.value(), step, held);
            case Reading.Failure<Measures.Clock>(String reason) -> judged(Grade.UNKNOWN, reason);
            case Reading.Silence<Measures.Clock>(Duration asked) -> late(asked);
            case Reading.Unasked<Measures.Clock>(String reason) -> judged(Grade.UNKNOWN, reason);
        };
    }

    private Optional<Judged> clock(Measures.Clock clock, Duration step, Grade held) {
        Grade byStep = above(step, limits.clockPoor(), limits.clockBad(), held);
        boolean adrift = clock.synchronised().equals(Optional.of(false));
        String set = clock.synchronised()
                .map(is -> is ? "synchronised, at most " + millis(clock.errorMax()) + " off" : "not synchronised")
                .orElse("whether it is synchronised is unknown");
        return judged(worse(byStep, adrift ? Grade.POOR : Grade.GOOD), set + ", stepped " + millis(step) + " lately");
    }

    Optional<Judged> links(Reading<List<Measures.Link>> reading) {
        return switch (reading) {
            case Reading.Answer<List<Measures.Link>> answer -> links(answer.value());
            case Reading.Failure<List<Measures.Link>>(String reason) -> judged(Grade.UNKNOWN, reason);
            case Reading.Silence<List<Measures.Link>>(Duration asked) -> late(asked);
            case Reading.Unasked<List<Measures.Link>>(String reason) -> judged(Grade.UNKNOWN, reason);
        };
    }

    /** One card without a link is bad: whoever has two of which one is enough bonds them, and names the bond. */
    private static Optional<Judged> links(List<Measures.Link> links) {
        if (links.isEmpty()) {
            return judged(Grade.UNKNOWN, "no network card is watched");
        }
        boolean allUp = links.stream().allMatch(Measures.Link::up);
        return judged(
                allUp ? Grade.GOOD : Grade.BAD,
                links.stream().map(link -> link.name() + " " + link.detail()).collect(Collectors.joining("; ")));
    }

    // ---- grades

    /** How bad a grade is. What is not known is worse than well and better than what is known to be wrong. */
    static int severity(Grade grade) {
        return switch (grade) {
            case GOOD -> 0;
            case UNKNOWN -> 1;
            case POOR -> 2;
            case BAD -> 3;
        };
    }

    static Grade worse(Grade one, Grade other) {
        return severity(one) >= severity(other) ? one : other;
    }

    private static Optional<Judged> judged(Grade grade, String detail) {
        return Optional.of(new Judged(grade, detail));
    }

    /** Silence is a measure of its own, as soon as it has lasted longer than a good answer takes. */
    private static Optional<Judged> silent(Duration asked, Duration poor, Duration bad, Grade held, String what) {
        Grade grade = above(asked, poor, bad, held);
        return grade == Grade.GOOD ? Optional.empty() : judged(grade, what + millis(asked));
    }

    /** What is read from the kernel's own memory and does not come back says nothing about what was to be read. */
    private static Optional<Judged> late(Duration asked) {
        return asked.compareTo(Duration.ofSeconds(2)) < 0
                ? Optional.empty()
                : judged(Grade.UNKNOWN, "the answer has not come back for " + millis(asked));
    }

    private static Grade above(Duration value, Duration poor, Duration bad, Grade held) {
        return above(value.toNanos() / 1e6, poor.toNanos() / 1e6, bad.toNanos() / 1e6, held);
    }

    /** Larger is worse. */
    private static Grade above(double value, double poor, double bad, Grade held) {
        if (value > bad * (held == Grade.BAD ? 1 - CLEARANCE : 1)) {
            return Grade.BAD;
        }
        boolean ill = held == Grade.BAD || held == Grade.POOR;
        return value > poor * (ill ? 1 - CLEARANCE : 1) ? Grade.POOR : Grade.GOOD;
    }

    /** Smaller is worse. */
    private static Grade below(double value, double poor, double bad, Grade held) {
        if (value < bad * (held == Grade.BAD ? 1 + CLEARANCE : 1)) {
            return Grade.BAD;
        }
        boolean ill = held == Grade.BAD || held == Grade.POOR;
        return value < poor * (ill ? 1 + CLEARANCE : 1) ? Grade.POOR : Grade.GOOD;
    }

    // ---- words

    private static String millis(Duration duration) {
        long millis = duration.toMillis();
        return millis < 10_000
                ? (millis == 0 && !duration.isZero() ? "less than 1 ms" : millis + " ms")
                : duration.toSeconds() + " s";
    }

    private static String shortened(double number) {
        return String.format(Locale.ROOT, number < 10 ? "%.1f" : "%.0f", number);
    }

    private static String bytes(long bytes) {
        double mib = bytes / (1024.0 * 1024);
        return mib < 1024 ? shortened(mib) + " MiB" : shortened(mib / 1024) + " GiB";
    }
}

package io.holdfast.server.agent.health.core;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.server.agent.health.core.HealthRules.Judged;
import io.holdfast.server.agent.health.core.HealthState.Held;
import io.holdfast.server.agent.health.core.HealthState.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns measures into findings that do not flutter.
 *
 * <p>Intuition: one slow write is no news. A finding changes when as many measures in a row as the settings say lie on the same side of
 * it, and then goes as far as all of them agree: after "bad, poor" a good finding is poor, and after "poor, bad" no better. The first
 * measure of all counts at once, because before it nothing is said.
 *
 * <p>Invariants: a finding never gets worse by fewer than {@code worse-after} measures, nor better by fewer than {@code better-after};
 * a round without a measure (a question is still under way) changes nothing but the age.
 */
public final class HealthMachine {

    /** For how long a step of the clock is told of. Too small: nobody sees it; too large: it looks as if it went on. */
    static final Duration CLOCK_MEMORY = Duration.ofMinutes(1);

    /** A measure that is older is told with its age. */
    private static final Duration FRESH = Duration.ofSeconds(3);

    private static final int DETAIL_MAX = 300;

    private static final Comparator<Grade> BY_SEVERITY = Comparator.comparingInt(HealthRules::severity);

    private final HealthLimits limits;
    private final HealthRules rules;

    public HealthMachine(HealthLimits limits) {
        this.limits = limits;
        this.rules = new HealthRules(limits);
    }

    /** @param nowNanos monotonic */
    public HealthState step(HealthState state, Measures measures, long nowNanos) {
        List<Sample> clock = clock(state.clock(), measures.clock(), nowNanos);
        Map<Aspect, Held> next = new EnumMap<>(Aspect.class);
        for (Aspect aspect : Aspect.values()) {
            Held before = state.held().get(aspect);
            Optional<Judged> judged =
                    judge(aspect, measures, step(clock), before == null ? Grade.GOOD : before.grade());
            if (judged.isPresent()) {
                next.put(aspect, next(before, judged.get(), nowNanos));
            } else if (before != null) {
                next.put(aspect, before);
            }
        }
        return new HealthState(next, clock);
    }

    /** What the agent says: one finding of each aspect, in the order of the aspects. */
    public AgentHealth word(HealthState state, long nowNanos) {
        List<Finding> findings = new ArrayList<>();
        for (Aspect aspect : Aspect.values()) {
            Held held = state.held().get(aspect);
            findings.add(
                    held == null
                            ? new Finding(aspect, Grade.UNKNOWN, "not measured yet")
                            : new Finding(aspect, held.grade(), text(held, nowNanos)));
        }
        return new AgentHealth(findings);
    }

    private Optional<Judged> judge(Aspect aspect, Measures measures, Duration step, Grade held) {
        return switch (aspect) {
            case LIBVIRT -> rules.libvirt(measures.libvirt(), held);
            case STORAGE -> rules.storage(measures.storage(), held);
            case DISK -> rules.space(measures.space(), held);
            case MEMORY -> rules.memory(measures.memory(), held);
            case CLOCK -> rules.clock(measures.clock(), step, held);
            case LINK -> rules.links(measures.links());
        };
    }

    private Held next(@Nullable Held before, Judged judged, long nowNanos) {
        if (before == null) {
            return new Held(judged.grade(), judged.detail(), nowNanos, nowNanos, List.of(judged.grade()));
        }
        List<Grade> recent = new ArrayList<>(before.recent());
        recent.add(judged.grade());
        if (recent.size() > Math.max(limits.worseAfter(), limits.betterAfter())) {
            recent.removeFirst();
        }
        Grade grade = grade(before.grade(), recent);
        long since = grade == before.grade() ? before.sinceNanos() : nowNanos;
        return new Held(grade, judged.detail(), since, nowNanos, recent);
    }

    private Grade grade(Grade held, List<Grade> recent) {
        Optional<Grade> atLeast = last(recent, limits.worseAfter()).min(BY_SEVERITY);
        if (atLeast.isPresent() && BY_SEVERITY.compare(atLeast.get(), held) > 0) {
            return atLeast.get();
        }
        Optional<Grade> atMost = last(recent, limits.betterAfter()).max(BY_SEVERITY);
        return atMost.isPresent() && BY_SEVERITY.compare(atMost.get(), held) < 0 ? atMost.get() : held;
    }

    /** None of them when there are not so many yet. */
    private static Stream<Grade> last(List<Grade> recent, int count) {
        return recent.size() < count ? Stream.empty() : recent.stream().skip(recent.size() - count);
    }

    private static List<Sample> clock(List<Sample> before, Reading<Measures.Clock> reading, long nowNanos) {
        List<Sample> kept = new ArrayList<>(before);
        kept.removeIf(sample -> nowNanos - sample.atNanos() > CLOCK_MEMORY.toNanos());
        if (reading instanceof Reading.Answer<Measures.Clock> answer) {
            kept.add(new Sample(nowNanos, answer.value().wallMinusMonotonic()));
        }
        return kept;
    }

    private static Duration step(List<Sample> clock) {
        return clock.stream()
                .map(Sample::wallMinusMonotonic)
                .min(Duration::compareTo)
                .map(least -> clock.stream()
                        .map(sample -> sample.wallMinusMonotonic().minus(least))
                        .max(Duration::compareTo)
                        .orElse(Duration.ZERO))
                .orElse(Duration.ZERO);
    }

    private static String text(Held held, long nowNanos) {
        StringBuilder text = new StringBuilder(visible(held.detail()));
        if (held.recent().getLast() != held.grade()) {
            text.append("; lately ").append(word(held.recent().getLast()));
        }
        if (held.grade() != Grade.GOOD
                && nowNanos - held.sinceNanos() >= Duration.ofSeconds(1).toNanos()) {
            text.append("; for ").append(seconds(nowNanos - held.sinceNanos()));
        }
        if (nowNanos - held.measuredNanos() > FRESH.toNanos()) {
            text.append("; measured ")
                    .append(seconds(nowNanos - held.measuredNanos()))
                    .append(" ago");
        }
        return text.toString();
    }

    private static String word(Grade grade) {
        return switch (grade) {
            case GOOD -> "good";
            case POOR -> "poor";
            case BAD -> "bad";
            case UNKNOWN -> "unknown";
        };
    }

    /** What others say of themselves goes to people's terminals, through a record of bounded size. */
    private static String visible(String detail) {
        String plain = detail.replaceAll("\\p{C}+", " ").strip();
        return plain.length() <= DETAIL_MAX ? plain : plain.substring(0, DETAIL_MAX - 1) + "…";
    }

    private static String seconds(long nanos) {
        return Duration.ofNanos(nanos).toSeconds() + " s";
    }
}

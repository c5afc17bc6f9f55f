package io.holdfast.notifications.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.core.SubjectOrder.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class RulesTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final RetrySchedule RETRIES =
            new RetrySchedule(Duration.ofMillis(100), Duration.ofSeconds(30), 20, Duration.ofHours(1));

    @Property
    void waitsAtLeastHalfOfTheDoubledTimeAndNeverMoreThanTheCap(
            @ForAll @IntRange(min = 1, max = 19) int attempts,
            @ForAll @DoubleRange(min = 0, max = 1, maxIncluded = false) double jitter) {
        RetrySchedule.Next next = RETRIES.after(attempts, Duration.ZERO, jitter);
        assertThat(next).isInstanceOfSatisfying(RetrySchedule.Next.Retry.class, retry -> {
            double full = Math.min(30_000, 100 * Math.pow(2, attempts - 1));
            assertThat(retry.delay().toMillis()).isBetween((long) full / 2 - 1, (long) full);
        });
    }

    @Property
    void givesUpByCountOrByAge(
            @ForAll @IntRange(min = 1, max = 40) int attempts, @ForAll @IntRange(max = 7200) int age) {
        boolean over = attempts >= 20 || age > 3600;
        assertThat(RETRIES.after(attempts, Duration.ofSeconds(age), 0.5) instanceof RetrySchedule.Next.GiveUp)
                .isEqualTo(over);
    }

    @Property
    void onlyTheFirstOfEachSubjectLeavesAndNoPlaceIsLeftEmpty(
            @ForAll("waiting") List<Waiting> waiting,
            @ForAll @IntRange(min = 1, max = 4) int perWebhook,
            @ForAll @IntRange(min = 1, max = 10) int limit) {
        List<Waiting> chosen = SubjectOrder.mayLeave(waiting, NOW, perWebhook, limit);
        for (int i = 0; i < waiting.size(); i++) {
            Waiting one = waiting.get(i);
            boolean first = waiting.subList(0, i).stream()
                    .noneMatch(before -> before.webhook().equals(one.webhook())
                            && before.subject().equals(one.subject()));
            boolean due = !one.notBefore().isAfter(NOW);
            boolean isChosen = chosen.stream().anyMatch(it -> it == one);
            long ofWebhook = chosen.stream()
                    .filter(it -> it.webhook().equals(one.webhook()))
                    .count();
            assertThat(ofWebhook).isLessThanOrEqualTo(perWebhook);
            if (isChosen) {
                assertThat(first && due).isTrue();
            } else if (first && due) {
                assertThat(ofWebhook == perWebhook || chosen.size() == limit).isTrue();
            }
        }
        assertThat(chosen.size()).isLessThanOrEqualTo(limit);
    }

    @Property
    void aProjectHearsOfItsOwnAndOperatorsHearEverything(
            @ForAll("projects") String ofFact, @ForAll("projects") String subscriber) {
        Fact fact = new Fact(UUID.randomUUID(), "host.lost", "host/h", project(ofFact), NOW, Map.of());
        boolean expected = subscriber.isEmpty() || subscriber.equals(ofFact);
        assertThat(Audience.concerns(fact, project(subscriber), Filter.ALL, Filter.Surroundings.NONE))
                .isEqualTo(expected);
        assertThat(Audience.concerns(
                        fact,
                        project(subscriber),
                        Filter.ofTypes(List.of("instance.", "host.l")),
                        Filter.Surroundings.NONE))
                .isEqualTo(expected);
        assertThat(Audience.concerns(
                        fact, project(subscriber), Filter.ofTypes(List.of("instance.")), Filter.Surroundings.NONE))
                .isFalse();
    }

    @Provide
    Arbitrary<String> projects() {
        return Arbitraries.of("", "blue", "red");
    }

    @Provide
    Arbitrary<List<Waiting>> waiting() {
        Arbitrary<UUID> hooks = Arbitraries.of(new UUID(0, 1), new UUID(0, 2), new UUID(0, 3));
        Arbitrary<String> subjects = Arbitraries.of("host/a", "host/b", "host/c");
        Arbitrary<Instant> times = Arbitraries.integers().between(-1, 1).map(NOW::plusSeconds);
        Arbitrary<UUID> facts = Arbitraries.longs().map(low -> new UUID(7, low));
        return Combinators.combine(hooks, subjects, facts, times)
                .as(Waiting::new)
                .list()
                .ofMaxSize(25);
    }

    private static @org.jspecify.annotations.Nullable ProjectId project(String name) {
        return name.isEmpty() ? null : ProjectId.of(name);
    }
}

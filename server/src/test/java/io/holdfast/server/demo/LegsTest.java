package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LegsTest {

    /** The definition itself, counted out: the smallest value that at least so many percent of all values do not exceed. */
    @Property
    void aPercentileIsByNearestRank(
            @ForAll @Size(min = 1, max = 250) List<@DoubleRange(min = 0, max = 90_000) Double> values,
            @ForAll @IntRange(min = 1, max = 100) int percent) {
        double found = Legs.percentile(values, percent);
        assertThat(values).contains(found);
        assertThat(notAbove(values, found) * 100).isGreaterThanOrEqualTo((long) percent * values.size());
        values.stream()
                .filter(smaller -> smaller < found)
                .forEach(smaller ->
                        assertThat(notAbove(values, smaller) * 100).isLessThan((long) percent * values.size()));
    }

    private static long notAbove(List<Double> values, double limit) {
        return values.stream().filter(value -> value <= limit).count();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 99, 1",
        "2, 50, 1",
        "2, 51, 2",
        "10, 90, 9",
        "99, 99, 99",
        "100, 99, 99",
        "101, 99, 100",
        "100, 7, 7"
    })
    void theRankOfSomeSizes(int size, int percent, int rank) {
        List<Double> values = java.util.stream.IntStream.rangeClosed(1, size)
                .mapToObj(i -> (double) (size + 1 - i))
                .toList();
        assertThat(Legs.percentile(values, percent)).isEqualTo(rank);
    }

    @Test
    void aLegCountsTheRunsThatGotToItsEnd() {
        Legs legs = new Legs();
        legs.add(Map.of("told", 30.0, "verdict", 40.0));
        legs.add(Map.of("told", 10.0));
        legs.add(Map.of());
        assertThat(legs.summary())
                .isEqualTo(Map.of(
                        "told", new Legs.Leg(2, 10, 10, 30, 30, 30), "verdict", new Legs.Leg(1, 40, 40, 40, 40, 40)));
        assertThat(legs.millis("told")).containsExactly(30.0, 10.0);
        assertThat(legs.millis("fenced")).isEmpty();
    }

    @Test
    void aLegThatNobodyKnowsIsRefused() {
        assertThatThrownBy(() -> new Legs().add(Map.of("lunch", 1.0))).hasMessageContaining("lunch");
    }
}

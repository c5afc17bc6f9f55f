package io.holdfast.fencing.ipmi.rmcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {

    /** The oracle keeps every number it took. */
    @Property
    void takesEachNumberOnceAndNoneThatIsTooOld(@ForAll("sequences") List<Integer> sequence) {
        ReplayWindow window = ReplayWindow.EMPTY;
        Set<Long> taken = new HashSet<>();
        long highest = 0;
        for (int number : sequence) {
            long unsigned = Integer.toUnsignedLong(number);
            boolean fresh = unsigned != 0
                    && !taken.contains(unsigned)
                    && unsigned > highest - ReplayWindow.BACK_MAX - 1
                    && (unsigned > highest || highest > 0);

            Optional<ReplayWindow> next = window.with(number);

            assertThat(next.isPresent())
                    .as("number %d after %d", unsigned, highest)
                    .isEqualTo(fresh);
            if (next.isPresent()) {
                window = next.get();
                taken.add(unsigned);
                highest = Math.max(highest, unsigned);
            }
        }
    }

    @Provide
    Arbitrary<List<Integer>> sequences() {
        Arbitrary<Integer> near = Arbitraries.integers().between(0, 80);
        Arbitrary<Integer> beyondTheSign = near.map(number -> Integer.MAX_VALUE - 20 + number);
        Arbitrary<Integer> last = near.map(number -> -1 - number);
        return Arbitraries.oneOf(near, beyondTheSign, last).list().ofMaxSize(120);
    }

    @Test
    void aBurstOfLossDoesNotMakeItDeaf() {
        ReplayWindow window = ReplayWindow.EMPTY.with(1).orElseThrow();

        assertThat(window.with(1_000_000)).isPresent();
    }
}

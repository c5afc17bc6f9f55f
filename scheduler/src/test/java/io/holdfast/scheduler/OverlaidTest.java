package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OverlaidTest {

    /** Against whole copies, as they were before. */
    @Test
    void isWhatACopyWithTheChangesWouldBe() {
        Random random = new Random(5);
        Map<Integer, String> copy = new LinkedHashMap<>();
        for (int key = 0; key < 1_000; key++) {
            copy.put(key, "first");
        }
        Map<Integer, String> overlaid = Map.copyOf(copy);
        for (int round = 0; round < 300; round++) {
            Map<Integer, String> changes = new LinkedHashMap<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                changes.put(random.nextInt(1_000), "round " + round);
            }
            if (round % 50 == 49) {
                changes.put(1_000 + round, "new");
            }
            Map<Integer, String> before = overlaid;
            Map<Integer, String> asBefore = new LinkedHashMap<>(before);
            overlaid = Overlaid.of(overlaid, changes);
            copy.putAll(changes);
            assertThat(overlaid).isEqualTo(copy).hasSameSizeAs(copy);
            assertThat(overlaid.get(
                            changes.isEmpty()
                                    ? 3
                                    : List.copyOf(changes.keySet()).getFirst()))
                    .isEqualTo(copy.get(
                            changes.isEmpty()
                                    ? 3
                                    : List.copyOf(changes.keySet()).getFirst()));
            assertThat(overlaid.get(-1)).isNull();
            assertThat(before).as("what it differs from stays").isEqualTo(asBefore);
        }
    }

    @Test
    void keepsTheOrder() {
        Map<String, Integer> base = new LinkedHashMap<>();
        List.of("c", "a", "b").forEach(key -> base.put(key, 1));
        assertThat(Overlaid.of(base, Map.of("a", 2)).toString()).isEqualTo("{c=1, a=2, b=1}");
    }
}

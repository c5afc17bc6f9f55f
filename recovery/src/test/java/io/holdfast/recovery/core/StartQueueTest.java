package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.recovery.core.StartQueue.Waiting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StartQueueTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final int NOBODY = Integer.MIN_VALUE;

    @Test
    void theMoreImportantGoFirstAndEqualsInTheOrderTheyCame() {
        List<Waiting> waiting = List.of(
                new Waiting("a", H1, 1), new Waiting("b", H2, 9), new Waiting("c", H1, 9), new Waiting("d", H2, 5));
        assertThat(StartQueue.next(waiting, Map.of(), NOBODY, 4, 32)).containsExactly("b", "c", "d", "a");
        assertThat(StartQueue.next(waiting, Map.of(), NOBODY, 4, 3)).containsExactly("b", "c", "d");
    }

    @Test
    void theLessImportantWaitWhileAMoreImportantOneLacksAPlaceAlsoOnAnotherHost() {
        List<Waiting> waiting = List.of(new Waiting("a", H1, 9), new Waiting("b", H2, 1), new Waiting("c", H2, 9));
        assertThat(StartQueue.next(waiting, Map.of(H1, 1), NOBODY, 1, 32)).containsExactly("c");
        assertThat(StartQueue.next(waiting, Map.of(), 9, 4, 32)).containsExactly("a", "c");
        assertThat(StartQueue.next(waiting, Map.of(), 10, 4, 32)).isEmpty();
    }

    /** The oracle asks of every one alone whether it may go, given who went before it. */
    @Property(tries = 2000)
    void placesAreFilledByPriorityAndNeverMoreThanThereAre(@ForAll long seed) {
        Random random = new Random(seed);
        List<Waiting> waiting = new ArrayList<>();
        for (int i = 0; i < random.nextInt(20); i++) {
            waiting.add(new Waiting("w" + i, random.nextBoolean() ? H1 : H2, random.nextInt(4)));
        }
        Map<HostId, Integer> starting = new HashMap<>();
        starting.put(H1, random.nextInt(4));
        starting.put(H2, random.nextInt(4));
        int perHost = 1 + random.nextInt(5);
        int total = perHost + random.nextInt(6);
        int claiming = random.nextBoolean() ? NOBODY : random.nextInt(5);
        List<String> next = StartQueue.next(waiting, starting, claiming, perHost, total);

        List<Waiting> gone = next.stream()
                .map(key -> waiting.stream()
                        .filter(one -> one.key().equals(key))
                        .findFirst()
                        .orElseThrow())
                .toList();
        assertThat(next).doesNotHaveDuplicates();
        for (HostId host : List.of(H1, H2)) {
            long now = gone.stream().filter(one -> one.host().equals(host)).count() + starting.get(host);
            assertThat(now).isLessThanOrEqualTo(Math.max(perHost, starting.get(host)));
        }
        int before = starting.get(H1) + starting.get(H2);
        assertThat(before + gone.size()).isLessThanOrEqualTo(Math.max(total, before));
        for (Waiting left : waiting) {
            if (gone.contains(left)) {
                assertThat(left.priority()).isGreaterThanOrEqualTo(claiming);
                continue;
            }
            assertThat(gone)
                    .as("nobody less important goes before %s", left)
                    .noneMatch(one -> one.priority() < left.priority());
            boolean full = before + gone.size() >= total;
            boolean hostFull = starting.get(left.host())
                            + gone.stream()
                                    .filter(one -> one.host().equals(left.host()))
                                    .count()
                    >= perHost;
            boolean behind = left.priority() < claiming
                    || waiting.stream().anyMatch(one -> one.priority() > left.priority() && !gone.contains(one));
            assertThat(full || hostFull || behind)
                    .as("a free place stays empty for a reason")
                    .isTrue();
        }
    }
}

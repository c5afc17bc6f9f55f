package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class ViewGatheringTest {

    private static final long MILLI = 1_000_000;

    private final ViewGathering gathering = new ViewGathering(
            Duration.ofMillis(250), Duration.ofMillis(750), Duration.ofMillis(200), Duration.ofSeconds(2));

    private Duration look(long atMillis, String... present) {
        return gathering.look(Set.of(present), Set.of(), atMillis * MILLI);
    }

    private void said(String... view) {
        gathering.said(Set.of(view));
    }

    @Test
    void theFirstViewIsSaidAtOnceAndSoIsOneThatIsTheSame() {
        assertThat(look(0, "h1", "h2")).isZero();
        said("h1", "h2");
        assertThat(look(10, "h1", "h2")).isZero();
    }

    @Test
    void whoGoesWaitsForWhoeverGoesWithIt() {
        said("h1", "h2", "h3", "h4");
        assertThat(look(0, "h2", "h3", "h4")).hasMillis(250);
        assertThat(look(200, "h3", "h4")).hasMillis(250);
        assertThat(look(400, "h3", "h4")).hasMillis(50);
        assertThat(look(450, "h3", "h4")).isZero();
    }

    @Test
    void nobodyWhoWentWaitsForLongerThanTheLimit() {
        said("h1", "h2", "h3", "h4", "h5");
        assertThat(look(0, "h2", "h3", "h4", "h5")).hasMillis(250);
        assertThat(look(240, "h3", "h4", "h5")).hasMillis(250);
        assertThat(look(480, "h4", "h5")).hasMillis(250);
        assertThat(look(720, "h5")).hasMillis(30);
        assertThat(look(750)).isZero();
    }

    @Test
    void newcomersArriveTogetherAndForAtMostTwoSeconds() {
        said("h0");
        Set<String> arriving = new TreeSet<>(Set.of("h0"));
        long saidAt = -1;
        for (int millis = 0; saidAt < 0; millis += 100) {
            arriving.add("n" + millis);
            if (gathering.look(arriving, Set.of(), millis * MILLI).isZero()) {
                saidAt = millis;
            }
        }
        assertThat(saidAt).isEqualTo(2000);
    }

    @Test
    void whoWasMissedIsBackAtOnceAndTakesEverybodyAlong() {
        said("h1", "h2");
        said("h2");
        assertThat(look(0, "h1", "h2", "h3")).isZero();
    }

    @Test
    void whoTookItsLeaveGoesAtOnce() {
        said("h1", "h2");
        assertThat(gathering.look(Set.of("h2"), Set.of("h1"), 0)).isZero();
    }

    @Test
    void afterADisturbanceNothingWaits() {
        said("h1", "h2");
        assertThat(look(0, "h1")).hasMillis(250);
        gathering.disturbed();
        assertThat(look(1, "h1")).isZero();
    }

    @Test
    void hostsThatCrashTogetherMakeOneViewWhateverTheirSessionsLength() {
        // The server's rule: a session ends at the first tick after its last renewal and its length; each was renewed
        // at a
        // time of its own within the last third.
        for (long session : new long[] {400, 1000, 2000, 4000, 10_000}) {
            long tick = Math.clamp(session / 5, 100, 1000);
            for (long shift = 0; shift < tick; shift += 7) {
                ViewGathering watch = ViewGathering.ofSessions(Duration.ofMillis(session));
                Set<String> all = new HashSet<>();
                List<Long> ends = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    all.add("h" + i);
                    long last = shift - i * session / 30;
                    ends.add((Math.floorDiv(last + session, tick) + 1) * tick);
                }
                watch.said(all);
                Set<String> view = Set.of("none");
                for (long now = 0; now < 3 * session; now += 10) {
                    Set<String> present = new HashSet<>();
                    for (int i = 0; i < 10; i++) {
                        if (ends.get(i) > now) {
                            present.add("h" + i);
                        }
                    }
                    if (present.size() < 10
                            && watch.look(present, Set.of(), now * MILLI).isZero()) {
                        view = present;
                        break;
                    }
                }
                assertThat(view)
                        .describedAs("session %s ms, crash %s ms after a tick", session, shift)
                        .isEmpty();
            }
        }
    }

    /** Whatever comes and goes: each change is said within its limit, and nothing is said that nobody looked at. */
    @Property(tries = 300)
    void everyChangeIsSaidInTime(@ForAll @Size(min = 1, max = 60) List<@IntRange(min = 0, max = 7) Integer> flips) {
        ViewGathering watch = ViewGathering.ofSessions(Duration.ofSeconds(1));
        Set<String> present = new TreeSet<>();
        watch.said(present);
        Set<String> said = Set.of();
        long differsSince = -1;
        for (int i = 0; i < flips.size() * 10; i++) {
            long now = i * 50L;
            if (i % 10 == 0) {
                String one = "h" + flips.get(i / 10);
                if (!present.remove(one)) {
                    present.add(one);
                }
            }
            if (said.equals(present)) {
                differsSince = -1;
            } else if (differsSince < 0) {
                differsSince = now;
            }
            if (watch.look(present, Set.of(), now * MILLI).isZero()) {
                watch.said(present);
                said = Set.copyOf(present);
                differsSince = -1;
            }
            assertThat(differsSince < 0 ? 0 : now - differsSince).isLessThanOrEqualTo(2000);
        }
    }
}

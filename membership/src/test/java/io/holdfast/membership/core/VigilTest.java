package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.OwnClocks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an observer finds of itself, by its two clocks. */
class VigilTest {

    private static final Duration TICK = MembershipSettings.defaults().tickInterval();
    private static final Duration LIMIT = MembershipSettings.defaults().pauseLimit();

    private long millis;
    private long wallMillis;
    private Vigil vigil = Vigil.from(now(), TICK, LIMIT);

    @ParameterizedTest(name = "{0} ms later, and {1} ms by the wall clock: {2}")
    @CsvSource({
        "50, 50, Awake",
        "0, 0, Awake",
        "450, 450, Awake",
        "451, 451, StoodStill",
        "50, 450, Awake",
        "50, 451, Jumped",
        "50, -350, Awake",
        "50, -351, Jumped",
        "50, 30000, Jumped",
        "50, -3600000, Jumped",
        "5000, 5000, StoodStill",
        "5000, 90000, StoodStill",
        "5000, -90000, StoodStill"
    })
    void whatTwoClocksSayIsFound(long passed, long wallPassed, String found) {
        look(passed, wallPassed);
        assertThat(vigil.found().getClass().getSimpleName()).isEqualTo(found);
        assertThat(vigil.pause().isPresent()).isEqualTo(!found.equals("Awake"));
        assertThat(vigil.text().isEmpty()).isEqualTo(found.equals("Awake"));
        look(50, 50);
        assertThat(vigil.found()).as("found once").isEqualTo(new Vigil.Awake());
    }

    @Test
    void whatIsFoundIsSaidInWords() {
        look(5000, 5000);
        assertThat(vigil.text()).isEqualTo("this process did not run for 5000 ms");
        assertThat(vigil.pause()).contains(Duration.ofSeconds(5));
        look(50, 30_050);
        assertThat(vigil.text())
                .startsWith("the wall clock went 30000 ms further than the monotonic one: this machine was suspended");
        assertThat(vigil.pause()).contains(Duration.ofSeconds(30));
        look(50, -950);
        assertThat(vigil.text()).startsWith("the wall clock went 1000 ms less far than the monotonic one");
    }

    @Test
    void aClockThatIsSetAgainAndAgainIsNotBelievedForEverAndPeopleAreToldOnceAMinute() {
        List<Long> believed = new ArrayList<>();
        List<Long> told = new ArrayList<>();
        for (int i = 1; i <= 150_000 / 200; i++) {
            look(200, i % 5 == 0 ? 60_000 : 200);
            if (vigil.pause().isPresent()) {
                believed.add(millis);
            } else if (!vigil.text().isEmpty()) {
                told.add(millis);
                assertThat(vigil.text())
                        .startsWith("the wall clock jumps again and again")
                        .contains("more than 3 times in 60 s", "time service");
            }
        }
        assertThat(believed)
                .containsExactly(1000L, 2000L, 3000L, 61_000L, 62_000L, 63_000L, 121_000L, 122_000L, 123_000L);
        assertThat(told).containsExactly(4000L, 64_000L, 124_000L);
    }

    /** A clock that is only slewed, and looks that are a little late, are no reason for a doubt. */
    @Property(tries = 200)
    void aClockThatIsSlewedAndALateLookAreNothing(
            @ForAll @Size(max = 200) List<@IntRange(max = 450) Integer> gaps,
            @ForAll @IntRange(min = -100, max = 100) int perMille) {
        begin();
        for (int gap : gaps) {
            look(gap, gap + (long) gap * perMille / 1000);
            assertThat(vigil.found()).isEqualTo(new Vigil.Awake());
        }
    }

    /** The oracle keeps every jump that it was told of; the vigil keeps three. */
    @Property(tries = 200)
    void noPauseIsMissedAndNoMoreThanThreeJumpsAMinuteAreBelieved(
            @ForAll @Size(max = 150) List<@IntRange(max = 2000) Integer> gaps,
            @ForAll @Size(max = 150) List<@IntRange(min = -5000, max = 5000) Integer> steps) {
        begin();
        List<Long> believed = new ArrayList<>();
        for (int i = 0; i < Math.min(gaps.size(), steps.size()); i++) {
            int gap = gaps.get(i);
            int step = steps.get(i);
            look(gap, gap + step);
            boolean stood = gap > 450;
            boolean jumped = !stood && Math.abs(step) > 400;
            boolean room = believed.stream().filter(at -> millis - at < 60_000).count() < 3;
            assertThat(vigil.pause().isPresent()).isEqualTo(stood || (jumped && room));
            assertThat(vigil.found() instanceof Vigil.Errs).isEqualTo(jumped && !room);
            if (jumped && room) {
                believed.add(millis);
            }
        }
    }

    @Test
    void bothClocksOfThisMachineAreReadTogether() {
        Vigil real = Vigil.from(OwnClocks.now(), TICK, Duration.ofSeconds(10));
        Moment before = OwnClocks.now();
        Moment after = OwnClocks.now();
        assertThat(after.isBefore(before)).isFalse();
        assertThat(Math.abs(after.wallMinusNanos() - before.wallMinusNanos()))
                .isLessThan(Duration.ofSeconds(1).toNanos());
        assertThat(real.look(after).found()).isEqualTo(new Vigil.Awake());
    }

    /** The tries of a property share this object. */
    private void begin() {
        millis = 0;
        wallMillis = 0;
        vigil = Vigil.from(now(), TICK, LIMIT);
    }

    private void look(long passed, long wallPassed) {
        millis += passed;
        wallMillis += wallPassed;
        vigil = vigil.look(now());
    }

    private Moment now() {
        // The monotonic clock starts near its overflow.
        return new Moment(Long.MAX_VALUE - 1_000_000_000L + millis * 1_000_000L, Instant.EPOCH.plusMillis(wallMillis));
    }
}

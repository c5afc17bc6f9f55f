package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.health.Column;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestsTest {

    private static final Duration LIMIT = Duration.ofSeconds(3);
    private static final Moment SUSPECTED = at(1_000);

    private static Moment at(long millis) {
        return new Moment(millis * 1_000_000, Instant.EPOCH.plusMillis(millis));
    }

    /** One letter for each look, 200 ms apart, the first asked with the suspicion: (w)ritten, unchanged (-), unseen (?). */
    private static Guests looks(String letters) {
        Guests guests = Guests.NOT_ASKED;
        for (int i = 0; i < letters.length(); i++) {
            Moment asked = at(1_000 + i * 200L);
            guests = guests.asked(asked, SUSPECTED).seen(asked, activity(letters.charAt(i)));
        }
        return guests;
    }

    private static GuestActivity activity(char letter) {
        return switch (letter) {
            case 'w' -> new GuestActivity.Written("a disk is written");
            case '-' -> new GuestActivity.Unchanged("1 disk");
            default -> new GuestActivity.Unseen("said so");
        };
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    '';       1000;  UNKNOWN
                    w;        1000;  ACTIVE
                    w;        3999;  ACTIVE
                    w;        4000;  UNKNOWN
                    w-;       1200;  ACTIVE
                    w?;       1200;  ACTIVE
                    w---;     1600;  ACTIVE
                    w---;     4000;  QUIET
                    -w;       1200;  ACTIVE
                    --;       1200;  UNKNOWN
                    ---;      1400;  QUIET
                    ---;      4399;  QUIET
                    ---;      4400;  UNKNOWN
                    ---?;     1600;  UNKNOWN
                    --?-;     1600;  UNKNOWN
                    ?;        1000;  UNKNOWN
                    ???;      1400;  UNKNOWN
                    """)
    void theLooksSinceTheSuspicionDecide(String letters, long now, Column.Guests reading) {
        assertThat(looks(letters).reading(SUSPECTED, at(now), LIMIT)).isEqualTo(reading);
    }

    @Test
    void whatWasSeenBeforeTheSuspicionDoesNotCount() {
        Guests before = looks("w");
        Moment anew = at(1_100);
        assertThat(before.reading(anew, at(1_200), LIMIT)).isEqualTo(Column.Guests.UNKNOWN);
        assertThat(looks("---").reading(anew, at(1_400), LIMIT)).isEqualTo(Column.Guests.UNKNOWN);
        assertThat(before.reading(null, at(1_000), LIMIT)).as("not asked for").isEqualTo(Column.Guests.UNKNOWN);
        Guests later = before.asked(at(1_200), anew);
        assertThat(later.text(at(1_200))).isEmpty();
        assertThat(later.seen(at(1_200), activity('-')).quietInARow()).isEqualTo(1);
    }

    @Test
    void oneQuestionAtATimeAndNoOtherAnswer() {
        Guests asked = looks("-").asked(at(2_000), SUSPECTED);
        assertThat(asked.isDue(at(60_000), Duration.ofMillis(150))).isFalse();
        assertThat(asked.seen(at(1_900), activity('w'))).isEqualTo(asked);
        Guests answered = asked.seen(at(2_000), activity('-'));
        assertThat(answered.seen(at(2_000), activity('w'))).isEqualTo(answered);
        assertThat(answered.isDue(at(2_149), Duration.ofMillis(150))).isFalse();
        assertThat(answered.isDue(at(2_150), Duration.ofMillis(150))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    '';   ''
                    w;    active: a disk is written
                    --;   unchanged in 2 looks: 1 disk
                    ?;    not seen: said so
                    -w;   active: a disk is written
                    """)
    void peopleReadTheNewestLookAndTheLastWrite(String letters, String text) {
        assertThat(looks(letters).text(at(1_500))).isEqualTo(text);
        assertThat(looks("w-").text(at(1_500))).isEqualTo("unchanged in 1 looks: 1 disk; a disk is written 500 ms ago");
    }

    @Test
    void whereNobodyLooksNothingIsSaid() {
        Guests nobody = Guests.NOT_ASKED.asked(at(1_000), SUSPECTED).seen(at(1_000), GuestActivity.NOBODY_LOOKS);
        assertThat(nobody.text(at(1_100))).isEmpty();
        assertThat(nobody.reading(SUSPECTED, at(1_100), LIMIT)).isEqualTo(Column.Guests.UNKNOWN);
    }

    record Look(int pauseMillis, char letter) {}

    @Provide
    Arbitrary<List<Look>> courses() {
        return Combinators.combine(Arbitraries.integers().between(0, 2_000), Arbitraries.of('w', '-', '-', '?'))
                .as(Look::new)
                .list()
                .ofMaxSize(12);
    }

    /** The rule said again, from the whole list of looks. */
    @Property
    void theReadingIsWhatTheListOfLooksSays(@ForAll("courses") List<Look> course, @ForAll("courses") List<Look> pause) {
        Guests guests = Guests.NOT_ASKED;
        long millis = 1_000;
        StringBuilder letters = new StringBuilder();
        long[] asked = new long[course.size()];
        for (int i = 0; i < course.size(); i++) {
            millis += course.get(i).pauseMillis();
            asked[i] = millis;
            letters.append(course.get(i).letter());
            guests = guests.asked(at(millis), SUSPECTED)
                    .seen(at(millis), activity(course.get(i).letter()));
        }
        long now = millis + pause.size() * 400L;
        int lastWrite = letters.lastIndexOf("w");
        boolean active = lastWrite >= 0 && now - asked[lastWrite] < LIMIT.toMillis();
        boolean quiet = letters.toString().endsWith("---") && now - asked[asked.length - 1] < LIMIT.toMillis();
        assertThat(guests.reading(SUSPECTED, at(now), LIMIT))
                .isEqualTo(active ? Column.Guests.ACTIVE : quiet ? Column.Guests.QUIET : Column.Guests.UNKNOWN);
    }
}

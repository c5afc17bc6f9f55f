package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.Roster;
import io.holdfast.model.HostId;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeatsTest {

    /** Members come, go, and come back with another life; what is reckoned change by change is what each would reckon alone. */
    @ParameterizedTest
    @ValueSource(ints = {4, 12, 40})
    void areThoseOfTheProductsRoster(int most) {
        Dice dice = Dice.of(most, "seats");
        Seats seats = new Seats(10);
        Roster roster = Roster.EMPTY;
        Set<Member> view = new TreeSet<>();
        long now = 0;
        for (int i = 0; i < 150; i++) {
            String name = "h" + dice.between(1, most);
            if (!view.removeIf(member -> member.name().equals(name)) || dice.chance(0.3)) {
                view.add(
                        dice.chance(0.2)
                                ? Member.controller("c" + dice.between(1, 3), "s")
                                : Member.host(HostId.of(name), "s" + dice.between(1, 2)));
            }
            now += dice.between(0L, 30_000_000_000L);
            roster = roster.seen(view, now);
            seats.seen(view, now);
            assertThat(seats.present()).isEqualTo(roster.present());
            for (Member observer : roster.present()) {
                assertThat(seats.subjectsOf(observer)).isEqualTo(roster.subjectsOf(observer, 10));
            }
        }
    }
}

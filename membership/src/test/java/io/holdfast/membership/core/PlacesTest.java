package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.Network;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A host's places on several networks, and what they say together. */
class PlacesTest {

    private static final Network STORAGE = new Network("storage");
    private static final Network TENANT = new Network("tenant");

    @Test
    void nowhereSeenIsNotMissing() {
        assertThat(Places.never(at(5)).together()).isEqualTo(new Presence.Never(at(5)));
        assertThat(Places.never(at(5)).belongsTo(STORAGE)).isTrue();
    }

    @Test
    void oneNetworkThatShowsItIsEnough() {
        Places places = Places.never(at(0))
                .with(Network.MANAGEMENT, new Presence.Absent(at(7)))
                .with(STORAGE, new Presence.Present(at(3)));
        assertThat(places.together()).isEqualTo(new Presence.Present(at(3)));
        assertThat(places.belongsTo(TENANT)).isFalse();
    }

    @Test
    void whatMayBeThereUnheardIsNotAbsent() {
        Places places = Places.never(at(0))
                .with(Network.MANAGEMENT, new Presence.Absent(at(7)))
                .with(STORAGE, new Presence.Unknown(at(4)));
        assertThat(places.together()).isEqualTo(new Presence.Unknown(at(4)));
    }

    @Test
    void absentSinceTheLastOfThemLostIt() {
        Places places = Places.never(at(0))
                .with(Network.MANAGEMENT, new Presence.Absent(at(7)))
                .with(STORAGE, new Presence.Absent(at(9)));
        assertThat(places.together()).isEqualTo(new Presence.Absent(at(9)));
        assertThat(places.withoutLost(at(12)).together()).isEqualTo(new Presence.Never(at(12)));
    }

    /** Against the rule written down once more, for any places in any order. */
    @Property(tries = 500)
    void together(@ForAll long seed) {
        Random random = new Random(seed);
        List<Presence> seen = new ArrayList<>();
        Places places = Places.never(at(0));
        for (Network network : List.of(TENANT, Network.MANAGEMENT, STORAGE)) {
            Moment since = at(random.nextInt(20));
            switch (random.nextInt(4)) {
                case 0 -> seen.add(new Presence.Present(since));
                case 1 -> seen.add(new Presence.Absent(since));
                case 2 -> seen.add(new Presence.Unknown(since));
                default -> {
                    continue;
                }
            }
            places = places.with(network, seen.getLast());
        }
        Comparator<Presence> byAge = Comparator.comparing(Presence::since, Comparator.comparingLong(Moment::nanos));
        Presence expected = seen.stream()
                .filter(Presence.Present.class::isInstance)
                .min(byAge)
                .or(() ->
                        seen.stream().filter(Presence.Unknown.class::isInstance).max(byAge))
                .or(() -> seen.stream().max(byAge))
                .orElse(new Presence.Never(at(0)));
        assertThat(places.together()).isEqualTo(expected);
    }

    private static Moment at(long nanos) {
        return new Moment(nanos, Instant.EPOCH.plusNanos(nanos));
    }
}

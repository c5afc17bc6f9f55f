package io.holdfast.membership.cut;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.Network;
import io.holdfast.model.HostId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SightTest {

    private static final HostId HOST = HostId.of("h1");
    private static final Member H1 = Member.host(HOST, "s1");
    private static final Member H2 = Member.host(HostId.of("h2"), "s1");
    private static final Member SELF = Member.controller("c1", "s");
    private static final Member C2 = Member.controller("c2", "s");

    /** The table of the class. */
    @ParameterizedTest(name = "view {0}, {2} observers: {1} -> {3}")
    @CsvSource({
        "there, none, 0, there",
        "there, heard, 2, there",
        "there, cut, 2, gone",
        "there, cut, 1, there",
        "not there, none, 0, gone",
        "not there, heard, 2, there",
        "not there, heard, 1, gone",
        "not there, cut, 2, gone",
        "alone, heard, 1, there",
        "alone, cut, 1, gone",
        "alone, none, 0, gone",
        "no view, heard, 1, there",
        "no view, cut, 1, gone",
        "no view, none, 0, gone",
        "we are cut, heard, 1, there",
        "we are cut, cut, 1, gone",
        "we are cut, none, 0, gone"
    })
    void joinsTheOwnViewWithTheObserversOpinion(String view, String opinion, int observers, String taken) {
        Set<Member> own = switch (view) {
            case "there", "we are cut" -> Set.of(H1, C2);
            case "not there" -> Set.of(C2);
            case "alone" -> Set.of();
            default -> null;
        };
        Map<Member, CutDetector.Held> held = new HashMap<>();
        if (!opinion.equals("none")) {
            held.put(H1, held(new Opinion(opinion.equals("cut"), List.of(), observers)));
        }
        if (view.equals("we are cut")) {
            held.put(SELF, held(new Opinion(true, List.of(H2), 1)));
        }
        Sight sight = Sight.of(SELF, own, held);
        assertThat(sight.agents().containsKey(HOST)).isEqualTo(taken.equals("there"));
        assertThat(sight.others()).isEqualTo(own == null || own.isEmpty() || held.containsKey(SELF) ? 0 : 1);
    }

    /** Another controller's word about hosts is no reason to condemn by calls that cannot arrive. */
    @ParameterizedTest(name = "view {0}, hears {1} itself: {2}")
    @CsvSource({
        "a host, nobody, there",
        "a controller, nobody, nobody",
        "a controller, a controller, nobody",
        "a controller, a host, there",
        "nobody, nobody, nobody",
        "none, nobody, there"
    })
    void whoHearsNoHostItselfWhereItCallsThemSeesNobody(String view, String hears, String sees) {
        Set<Member> own = switch (view) {
            case "a host" -> Set.of(H2, C2);
            case "a controller" -> Set.of(C2);
            case "nobody" -> Set.of();
            default -> null;
        };
        Set<Member> audible = switch (hears) {
            case "a host" -> Set.of(H2);
            case "a controller" -> Set.of(C2);
            default -> Set.of();
        };
        ObserverReport report =
                new ObserverReport(SELF, Network.MANAGEMENT, 1, new LocalHealth(0), audible, Set.of(), Set.of());
        Sight sight = Sight.of(SELF, own, Map.of(H1, held(new Opinion(false, List.of(), 3))));
        assertThat(sight.withOwnEars(own, report).agents().isEmpty()).isEqualTo(sees.equals("nobody"));
        assertThat(sight.withOwnEars(own, report).others()).isEqualTo(sight.others());
        assertThat(sight.withOwnEars(own, null).agents().isEmpty())
                .as("before the first report")
                .isEqualTo(own != null && !own.contains(H2));
    }

    @Test
    void anotherLifeOfAHostIsAnotherMatter() {
        Member again = Member.host(HOST, "s2");
        Sight sight = Sight.of(
                SELF,
                Set.of(again),
                Map.of(H1, held(new Opinion(true, List.of(H2, C2), 2)), again, held(new Opinion(false, List.of(), 2))));
        assertThat(sight.agents()).isEqualTo(Map.of(HOST, Set.of("s2")));
        assertThat(sight.words()).as("of the life that is there").isEmpty();
    }

    @Test
    void saysWhoDoesNotHearAHostAndNothingOfControllersThatAreNotHeard() {
        Sight sight = Sight.of(
                SELF,
                Set.of(H1, C2),
                Map.of(H1, held(new Opinion(false, List.of(H2), 3)), C2, held(new Opinion(true, List.of(H1, H2), 2))));
        assertThat(sight.words()).isEqualTo(Map.of(HOST, "silent to 1 of 3 observers: h2"));
        assertThat(sight.others()).isEqualTo(1);
    }

    private static CutDetector.Held held(@Nullable Opinion opinion) {
        return new CutDetector.Held(java.util.Objects.requireNonNull(opinion), null);
    }
}

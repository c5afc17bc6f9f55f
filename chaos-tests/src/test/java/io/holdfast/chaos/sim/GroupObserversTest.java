package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chaos.sim.Network.Net;
import io.holdfast.chaos.sim.Network.Trouble;
import io.holdfast.model.HostId;
import io.holdfast.server.logging.Logging;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a controller sees of the simulated group: {@code c9}, of which nothing is played but that. */
class GroupObserversTest {

    private static final int HOSTS = 30;
    private static final String EYE = "c9";

    /** Who was gone, and when, in seconds. */
    private final List<String> gone = new ArrayList<>();

    private final List<Double> goneAt = new ArrayList<>();
    private Set<String> there = new TreeSet<>();
    private World world;
    private Group.View view;

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    @BeforeEach
    void everybodyIsThere() {
        world = new World(1, new Shape(HOSTS, 0, 3, Duration.ofHours(1), Duration.ZERO, Faults.none()), false);
        world.populate();
        view = world.group().join(EYE, () -> look());
        until(10);
        look();
        assertThat(there).hasSize(HOSTS);
        // Who was found by others first, and observed by somebody else a moment later, may have been lost again
        // meanwhile.
        gone.clear();
        goneAt.clear();
    }

    private void look() {
        Set<String> now = new TreeSet<>();
        view.view().agents().keySet().stream().map(HostId::value).forEach(now::add);
        there.stream().filter(host -> !now.contains(host)).forEach(host -> {
            gone.add(host);
            goneAt.add(world.timeline().now() / 1e9);
        });
        there = now;
    }

    private void until(double seconds) {
        world.runUntil(Duration.ofMillis((long) (seconds * 1000)));
    }

    private void lose(double share, Set<String> from, Set<String> to) {
        world.network().begin(new Trouble("loss", Net.MANAGEMENT, from, to, share, Duration.ZERO));
    }

    @Test
    void nobodyIsGoneWhileNothingIsWrong() {
        until(300);
        assertThat(gone).isEmpty();
    }

    @Test
    void whoDiesIsGoneForAsLongAsItTakesToMissIt() {
        for (int i = 0; i < 10; i++) {
            double at = 20 + i * 5 + i * 0.013;
            until(at);
            world.host("h" + (i + 1)).losePower("test");
            until(at + 4);
            assertThat(gone.getLast()).isEqualTo("h" + (i + 1));
            assertThat(goneAt.getLast() - at).isBetween(0.35, 0.6);
        }
        assertThat(gone).hasSize(10);
    }

    @Test
    void aHostThatLosesAFifthInEachDirectionIsThere() {
        lose(0.2, Set.of("h5"), Set.of());
        lose(0.2, Set.of(), Set.of("h5"));
        until(900);
        assertThat(gone)
                .as("a view of one member would have dropped it every minute")
                .isEmpty();
    }

    @Test
    void whoDiesAmongLossyObserversIsGoneInTime() {
        Set<String> lossy = Set.of("h1", "h2", "h3", "h4", "h6", "h7");
        lose(0.2, lossy, Set.of());
        lose(0.2, Set.of(), lossy);
        until(60);
        world.host("h5").losePower("test");
        until(62);
        assertThat(gone).containsExactly("h5");
        assertThat(goneAt.getFirst() - 60).isBetween(0.35, 1.2);
    }

    @Test
    void aHostThatAlmostNobodyHearsIsGoneAndBackWhenItIsHeard() {
        lose(0.9, Set.of("h5"), Set.of());
        until(30);
        assertThat(gone).contains("h5");
        assertThat(gone).containsOnly("h5");
        world.network().endIf(_ -> true);
        until(33);
        assertThat(there).contains("h5");
    }

    @Test
    void aLinkThatIsCutInOneDirectionRemovesNobody() {
        lose(1, Set.of("h5"), Set.of("h1", "h2"));
        lose(1, Set.of("h3"), Set.of("h5"));
        until(120);
        assertThat(gone).isEmpty();
    }

    @Test
    void whoIsHeardByNobodyIsGoneAndBackWhenTheCutEnds() {
        lose(1, Set.of("h5"), Set.of());
        until(11);
        assertThat(gone).containsExactly("h5");
        assertThat(goneAt.getFirst()).isBetween(10.35, 10.7);
        until(12);
        assertThat(there).doesNotContain("h5");
        // Before it is condemned and fenced.
        world.network().endIf(_ -> true);
        until(14);
        assertThat(there).contains("h5");
    }

    @Test
    void observersThatStandStillSayNothingOfOthers() {
        for (int i = 1; i <= 4; i++) {
            world.host("h" + i).agentHangs(true);
        }
        until(12);
        assertThat(new TreeSet<>(gone)).containsExactly("h1", "h2", "h3", "h4");
        for (int i = 1; i <= 4; i++) {
            world.host("h" + i).agentHangs(false);
        }
        until(14);
        assertThat(there).hasSize(HOSTS);
        until(60);
        assertThat(gone).hasSize(4);
    }

    @Test
    void aPauseThatIsShorterThanASilenceIsNotSeen() {
        for (int i = 0; i < 20; i++) {
            world.host("h5").agentHangs(true);
            until(10.3 + i);
            world.host("h5").agentHangs(false);
            until(11 + i);
        }
        assertThat(gone).isEmpty();
    }

    @Test
    void whoHearsSomeHostsItselfSeesAllWhomOthersHear() {
        Set<String> half = new TreeSet<>();
        for (int i = 1; i <= HOSTS / 2; i++) {
            half.add("h" + i);
        }
        lose(1, half, Set.of(EYE));
        until(60);
        assertThat(gone).isEmpty();
        world.host("h1").losePower("test");
        until(61);
        assertThat(gone).containsExactly("h1");
    }

    @Test
    void whoHearsNoHostItselfSeesNobodyWhateverOtherControllersSay() {
        Set<String> all = new TreeSet<>();
        world.hosts().forEach(host -> all.add(host.party()));
        lose(1, all, Set.of(EYE));
        until(12);
        assertThat(there).isEmpty();
        assertThat(view.view().others()).isPositive();
        world.network().endIf(_ -> true);
        until(15);
        assertThat(there).hasSize(HOSTS);
    }

    @Test
    void aHostOfWhichNothingIsHeardForAMinuteIsNotSpokenOfAnyMore() {
        world.host("h5").losePower("test");
        until(90);
        assertThat(gone).containsExactly("h5");
        assertThat(view.view().words()).doesNotContainKey(HostId.of("h5"));
        world.host("h5").boot();
        until(95);
        assertThat(there).contains("h5");
    }

    @Test
    void theSameSeedSeesTheSame() {
        aHostThatAlmostNobodyHearsIsGoneAndBackWhenItIsHeard();
        List<Double> first = List.copyOf(goneAt);
        gone.clear();
        goneAt.clear();
        there.clear();
        everybodyIsThere();
        aHostThatAlmostNobodyHearsIsGoneAndBackWhenItIsHeard();
        assertThat(goneAt).isEqualTo(first);
    }
}

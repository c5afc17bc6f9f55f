package io.holdfast.chaos.bench.alarms;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chaos.sim.Faults;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Network.Net;
import io.holdfast.chaos.sim.Network.Trouble;
import io.holdfast.chaos.sim.Shape;
import io.holdfast.chaos.sim.World;
import io.holdfast.server.logging.Logging;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The detector that the product is compared with has to be a good one. */
class SwimTest {

    private static final int HOSTS = 40;

    private final List<String> suspected = new ArrayList<>();
    private final List<String> confirmed = new ArrayList<>();
    private World world;
    private Swim swim;

    @BeforeAll
    static void quiet() {
        Logging.silence();
    }

    @BeforeEach
    void open() {
        world = new World(
                1, new Shape(HOSTS, 0, 1, Duration.ofMinutes(5), Duration.ofMinutes(1), Faults.none()), false);
        world.populate();
        swim = new Swim(
                world,
                Tuning.usual().period(),
                Tuning.usual().helpers(),
                Tuning.usual().suspicion(),
                new Swim.Listener() {
                    @Override
                    public void suspected(Host host) {
                        suspected.add(host.party());
                    }

                    @Override
                    public void confirmed(Host host) {
                        confirmed.add(host.party());
                    }
                });
        world.runUntil(Duration.ofSeconds(10));
        swim.begin();
    }

    private void until(long seconds) {
        world.runUntil(Duration.ofSeconds(seconds));
    }

    private void lose(double share, String from) {
        world.network().begin(new Trouble("loss", Net.MANAGEMENT, Set.of(from), Set.of(), share, Duration.ZERO));
        world.network().begin(new Trouble("loss", Net.MANAGEMENT, Set.of(), Set.of(from), share, Duration.ZERO));
    }

    @Test
    void suspectsNobodyWhileNothingIsWrong() {
        until(120);
        assertThat(suspected).isEmpty();
    }

    @Test
    void suspectsADeadHostOnceAndConfirmsIt() {
        world.host("h5").losePower("test");
        until(20);
        assertThat(suspected).containsExactly("h5");
        assertThat(confirmed).containsExactly("h5");
    }

    @Test
    void whoIsConfirmedDeadAndComesBackIsWatchedAgain() {
        world.host("h5").losePower("test");
        until(20);
        world.host("h5").boot();
        until(60);
        world.host("h5").losePower("again");
        until(80);
        assertThat(suspected).containsExactly("h5", "h5");
    }

    @Test
    void helpersSaveWhoeverIsCutFromOneOtherOnly() {
        for (int i = 2; i <= HOSTS; i++) {
            if (i != 5 && i % 2 == 0) {
                world.network()
                        .begin(new Trouble("cut", Net.MANAGEMENT, Set.of("h5"), Set.of("h" + i), 1, Duration.ZERO));
            }
        }
        until(30);
        // Half of all links of h5 are cut: without helpers nearly every second ping would be an accusation.
        assertThat(suspected.size()).isLessThan(60);
        assertThat(confirmed).isEmpty();
    }

    @Test
    void aPauseIsSuspectedAndRefuted() {
        world.host("h5").agentHangs(true);
        until(12);
        world.host("h5").agentHangs(false);
        until(30);
        assertThat(suspected).containsExactly("h5");
        assertThat(confirmed).isEmpty();
    }

    @Test
    void aMemberOnALossyLinkAccusesOthersAndIsAccused() {
        lose(0.2, "h5");
        until(300);
        assertThat(suspected).contains("h5").anyMatch(host -> !host.equals("h5"));
        assertThat(confirmed).isEmpty();
    }

    @Test
    void whoIsCutOffAccusesNobody() {
        lose(1, "h5");
        until(60);
        assertThat(suspected).containsOnly("h5");
    }
}

package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.control.LoadWatch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How busy hosts are, in the database; read with all else that matters to placement. */
class StoredHostLoadsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");

    private Deployment deployment;
    private StoredHostLoads loads;
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1", "h2");
        loads = new StoredHostLoads(deployment.store, now::get);
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void whatMattersIsWrittenAndReadWithTheHostsSurroundings() {
        assertThat(loads.record(Map.of())).isZero();
        assertThat(loads.record(Map.of(H1, 40, H2, 0, HostId.of("h9"), 10)))
                .as("nobody knows h9")
                .isEqualTo(2);
        assertThat(busy(H1)).isEqualTo(40);
        assertThat(busy(H2)).isEqualTo(0);
        assertThat(loads.record(Map.of(H1, 44, H2, 5)))
                .as("4 points decide nothing")
                .isEqualTo(1);
        assertThat(busy(H1)).isEqualTo(40);
        assertThat(busy(H2)).isEqualTo(5);
    }

    @Test
    void whatIsTheSameIsSaidAgainEachMinuteAndWhatNobodySaysIsForgotten() {
        loads.record(Map.of(H1, 40));
        pass(Duration.ofSeconds(59));
        assertThat(loads.record(Map.of(H1, 40))).isZero();
        pass(Duration.ofSeconds(1));
        assertThat(loads.record(Map.of(H1, 40))).isEqualTo(1);
        deployment.ahead.set(StoredHostLoads.VALID);
        assertThat(busy(H1)).as("its last word came a minute after the first").isEqualTo(40);
        deployment.ahead.set(StoredHostLoads.VALID.plusMinutes(1).plusSeconds(10));
        assertThat(busy(H1)).isNull();
    }

    @Test
    void onlyALeaderWritesAndALookThatFailsIsDoneByTheNext() {
        AtomicReference<Optional<LeaderEpoch>> leader = new AtomicReference<>(Optional.empty());
        AtomicBoolean wanted = new AtomicBoolean(true);
        LoadWatch watch = new LoadWatch(() -> Map.of(H1, 70), loads, wanted::get, leader::get);
        watch.lookOnce();
        assertThat(busy(H1)).isNull();
        leader.set(Optional.of(LeaderEpoch.of(1)));
        rename("host_load", "host_load_away");
        watch.lookOnce();
        watch.lookOnce();
        rename("host_load_away", "host_load");
        assertThat(busy(H1)).isNull();
        wanted.set(false);
        watch.lookOnce();
        assertThat(busy(H1)).as("nobody weighs hosts by it").isNull();
        wanted.set(true);
        watch.lookOnce();
        assertThat(busy(H1)).isEqualTo(70);
    }

    private void rename(String table, String to) {
        deployment.store.inTransactionDo(session -> Jdbc.update(session, "alter table " + table + " rename to " + to));
    }

    private @Nullable Integer busy(HostId host) {
        return deployment
                .hosts()
                .surroundings()
                .getOrDefault(host, HostSurroundings.NONE)
                .busyPercent();
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }
}

package io.holdfast.api;

import io.holdfast.api.nova.Books;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Placer;
import io.holdfast.compute.sim.SimulatedAgents;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The API over a cloud in memory, with aggregates, quotas and key pairs in a store that knows the host h1. */
abstract class NovaBooksFixture extends ApiFixture {

    @TempDir
    Path shared;

    private TestDatabase database;
    private StoredCompute compute;

    @Override
    Books books() {
        database = TestDatabase.fresh();
        Store store = database.store(StoredCompute.ENTITIES);
        compute = new StoredCompute(
                store,
                new SimulatedAgents(),
                (instance, wants, zone, only) -> new Placer.Choice.None(""),
                Optional::empty,
                instance -> false,
                ComputeSettings.defaults().at(shared),
                Duration.ofMinutes(5),
                new Overcommit(4, 1),
                InstantSource.system());
        compute.hosts()
                .introduce(
                        new HostIntroduction(
                                HostId.of("h1"),
                                SegmentId.of("default"),
                                "nova",
                                "boot",
                                "127.0.0.1",
                                4000,
                                new Resources(8, 1024, 100)),
                        HostEpoch.ZERO,
                        LeaderEpoch.of(1));
        return Parts.books(compute);
    }

    @AfterEach
    void closeStore() throws Exception {
        compute.close();
        database.close();
    }
}

package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.Instance;
import io.holdfast.compute.Placer;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many statements a verb needs, and that it does not grow with the number of instances. */
class StatementCountTest {

    @Test
    void statementsDoNotGrowWithTheInstances(@TempDir Path shared) {
        TestDatabase database = TestDatabase.fresh();
        CountingDataSource counting = new CountingDataSource(database.dataSource());
        try (Deployment deployment = new Deployment(shared, Store.open(counting, StoredCompute.ENTITIES), database)) {
            deployment.addCatalog();
            deployment.introduce("h1", "boot", new Resources(100, 100_000, 1000));
            deployment.admit("h1");
            deployment.agents.at("h1").silent = true;
            for (int i = 0; i < 100; i++) {
                int before = counting.mine();
                deployment
                        .instances()
                        .setTags(deployment.create("vm" + i).id(), List.of("automatic-recovery", "t" + i));
                assertThat(counting.mine() - before)
                        .as("create of instance %d", i)
                        .isLessThan(70);
            }
            deployment.leading.set(Optional.empty());
            for (int i = 0; i < 100; i++) {
                deployment.instances().create(Deployment.wanted("waits" + i, null), Deployment.OWNER);
            }
            // One that asks the database nothing: the deployment's own reads the hosts once for each instance.
            deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h1"));
            deployment.leading.set(Optional.of(LeaderEpoch.of(1)));
            assertThat(count(counting, deployment.compute::placeNow))
                    .as("a hundred that wait are placed as one is")
                    .isLessThanOrEqualTo(20);
            assertThat(deployment.host("h1").instances()).isEqualTo(200);
            assertThat(count(
                            counting,
                            () -> deployment.compute.view.due(
                                    deployment.instances().list(null).stream()
                                            .map(Instance::id)
                                            .toList(),
                                    deployment.leader())))
                    .as("their orders are read as one is, beside the list that is read to name them")
                    .isLessThanOrEqualTo(20);
            deployment.compute.close();

            assertThat(count(
                            counting,
                            () -> assertThat(deployment.hosts().list()).hasSize(1)))
                    .isLessThanOrEqualTo(2);
            assertThat(count(
                            counting,
                            () -> assertThat(deployment.claims().at(HostId.of("h1")))
                                    .hasSize(200)))
                    .isLessThanOrEqualTo(7);
            assertThat(count(
                            counting,
                            () -> assertThat(deployment.instances().list(null)).hasSize(200)))
                    .isLessThanOrEqualTo(7);
            assertThat(count(
                            counting,
                            () -> assertThat(deployment.instances().list(Deployment.PROJECT))
                                    .allSatisfy(instance ->
                                            assertThat(instance.metadata()).isEqualTo(Map.of()))))
                    .isLessThanOrEqualTo(7);
            // A hundred rows change, in batches; the statement is prepared once for each batch at the most.
            assertThat(count(counting, () -> deployment.condemn("h1"))).isLessThanOrEqualTo(20);
            FenceProof proof = deployment.proof("h1", HostEpoch.of(1));
            assertThat(count(counting, () -> deployment.hosts().fenced(proof, deployment.leader(), List.of())))
                    .isLessThanOrEqualTo(20);
        }
    }

    private static int count(CountingDataSource counting, Runnable act) {
        int before = counting.mine();
        act.run();
        return counting.mine() - before;
    }
}

package io.holdfast.placement.store;

import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.Placer;
import io.holdfast.compute.sim.SimulatedAgents;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.placement.Provider;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Two serving hosts with 8 vCPU (32 promised) and 4096 MiB each, over a database of its own; new instances want to live on h1. */
final class Rack implements AutoCloseable {

    static final Actor OWNER = new Actor("owner", "api");

    private static final LeaderEpoch LEADER = LeaderEpoch.of(1);
    private static final FlavorId SMALL = FlavorId.of("small");
    private static final ImageId IMAGE = ImageId.of(new UUID(0, 1));

    final TestDatabase database = TestDatabase.fresh();
    final Store store = database.store(StoredCompute.ENTITIES);
    final StoredProviders providers = new StoredProviders(store, new Overcommit(4.0, 1.0), 0, InstantSource.system());
    final StoredAllocations allocations = new StoredAllocations(store, providers, InstantSource.system());
    final StoredWords words = new StoredWords(store, InstantSource.system());
    final StoredCompute compute;

    private final Fencer fencer = new Fencer(
            FenceDevices.one(Map.of()),
            new InMemoryFenceJournal(),
            (segment, leader) -> true,
            FencingSettings.defaults(),
            InstantSource.system());

    Rack(Path shared) {
        compute = new StoredCompute(
                store,
                new SimulatedAgents(),
                (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h1")),
                () -> Optional.of(LEADER),
                instance -> false,
                ComputeSettings.defaults().at(shared),
                Duration.ofMinutes(5),
                new Overcommit(4.0, 1.0),
                InstantSource.system());
        try {
            Files.createDirectories(shared.resolve("images"));
            Files.writeString(shared.resolve("images/small.img"), "a disk");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        compute.catalog().addFlavor(new Flavor(SMALL, "small", new Resources(1, 512, 2), true, Map.of()));
        compute.catalog()
                .addImage(new Image(
                        IMAGE, "image", "small.img", "raw", 0, null, null, null, 0, 0, Map.of(), Instant.EPOCH));
        for (String host : List.of("h1", "h2")) {
            introduce(host);
        }
        sql("update host set state = 'SERVING'");
    }

    /** Joins with an epoch of its own, as a host does that was never seen. */
    void introduce(String host) {
        compute.hosts()
                .introduce(
                        new HostIntroduction(
                                HostId.of(host),
                                SegmentId.of("default"),
                                "nova",
                                host + "-boot",
                                "127.0.0.1",
                                4000,
                                new Resources(8, 4096, 100)),
                        HostEpoch.ZERO,
                        LEADER);
    }

    void sql(String statement) {
        store.inTransactionDo(
                session -> session.createNativeMutationQuery(statement).executeUpdate());
    }

    ComputeHost host(String name) {
        return compute.hosts().find(HostId.of(name)).orElseThrow();
    }

    Provider provider(String host) {
        return providers.find(host(host).uuid()).orElseThrow();
    }

    Instance boot() {
        Instance made = compute.instances()
                .create(
                        new Instances.NewInstance(
                                "vm",
                                ProjectId.of("blue"),
                                "ann",
                                SMALL,
                                IMAGE,
                                null,
                                null,
                                List.of(),
                                Map.of(),
                                null,
                                Particulars.NONE,
                                null,
                                new NetworkWish.None()),
                        OWNER);
        // It is stored before it is placed.
        await().until(() -> !"scheduling"
                .equals(compute.claims().find(made.id()).orElseThrow().task()));
        return compute.claims().find(made.id()).orElseThrow();
    }

    /** Fences the host and takes the instance to the other one. */
    void evacuate(Instance instance, String from, String to) {
        ComputeHost before = host(from);
        ComputeHost condemned = compute.hosts().condemn(before.id(), before.epoch(), LEADER, List.of());
        FenceProof proof =
                fencer.acceptWord(CaseId.of(UUID.randomUUID()), before.id(), condemned.epoch(), OWNER, "pulled");
        compute.hosts().fenced(proof, LEADER, List.of());
        compute.claims()
                .evacuate(
                        instance.id(),
                        compute.claims().find(instance.id()).orElseThrow().generation(),
                        HostId.of(to),
                        proof,
                        false,
                        LEADER,
                        List.of());
    }

    @Override
    public void close() {
        compute.close();
        database.close();
    }
}

package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.GuestDefaults;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAdmission;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Placer;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.holdfast.store.testing.WrittenFacts;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Compute's controller side over a fresh database, with a flavor, an image and no host yet. */
public final class Deployment implements AutoCloseable {

    public static final Actor OWNER = new Actor("owner", "api");
    public static final SegmentId SEGMENT = SegmentId.of("default");
    static final Overcommit OVERCOMMIT = new Overcommit(4.0, 1.0);
    static final FlavorId SMALL = FlavorId.of("small");
    static final ImageId IMAGE = ImageId.of(new UUID(0, 1));
    static final ProjectId PROJECT = ProjectId.of("p1");

    final Store store;
    private final AutoCloseable storage;
    final FakeAgents agents = new FakeAgents();
    final StoredCompute compute;
    final Path shared;
    final AtomicReference<Optional<LeaderEpoch>> leading = new AtomicReference<>(Optional.of(LeaderEpoch.of(1)));
    /** Whose start recovery holds. */
    final Set<InstanceId> held = ConcurrentHashMap.newKeySet();

    /** How far the store's clock is ahead of the machine's. */
    final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    volatile Placer placer = this::firstFit;

    volatile InstanceAdmission admission = InstanceAdmission.OPEN;

    private final Fencer fencer = new Fencer(
            FenceDevices.one(Map.of()),
            new InMemoryFenceJournal(),
            (segment, leader) -> true,
            FencingSettings.defaults(),
            InstantSource.system());

    /** Where config drives are written in these tests. */
    final RecordedDrives drives = new RecordedDrives();

    Deployment(Path shared) {
        this(shared, TestDatabase.fresh());
    }

    private Deployment(Path shared, TestDatabase database) {
        this(shared, database.store(StoredCompute.ENTITIES), database);
    }

    /** @param storage closed with this deployment */
    Deployment(Path shared, Store store, AutoCloseable storage) {
        this.store = store;
        this.storage = storage;
        this.shared = shared;
        ComputeSettings settings = new ComputeSettings(
                shared,
                RecoveryPolicy.NONE,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofMillis(100),
                Duration.ofMinutes(2),
                ComputeSettings.ConfigDrive.NEEDED,
                GuestDefaults.defaults());
        this.compute = new StoredCompute(
                store,
                agents,
                new Placer() {
                    @Override
                    public Choice choose(
                            InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
                        return placer.choose(instance, wants, zone, only);
                    }

                    @Override
                    public List<Choice> chooseAll(List<Search> all) {
                        return placer.chooseAll(all);
                    }
                },
                new InstanceAdmission() {
                    @Override
                    public boolean concerns(Instance before, Instance after) {
                        return admission.concerns(before, after);
                    }

                    @Override
                    public void require(Instance after) {
                        admission.require(after);
                    }
                },
                leading::get,
                instance -> held.contains(instance),
                settings,
                Duration.ofMinutes(5),
                OVERCOMMIT,
                InstanceNetworks.NONE,
                drives,
                () -> Instant.now().plus(ahead.get()));
    }

    /** Another controller over the same database. */
    Deployment beside() {
        return new Deployment(shared, store, () -> {});
    }

    /** With the flavor "small" (1 vCPU, 128 MiB, 1 GiB) and one image. */
    static Deployment withCatalog(Path shared) {
        Deployment deployment = new Deployment(shared);
        deployment.addCatalog();
        return deployment;
    }

    void addCatalog() {
        try {
            Files.createDirectories(shared.resolve("images"));
            Files.writeString(shared.resolve("images/small.img"), "a disk");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catalog().addFlavor(new Flavor(SMALL, "small", new Resources(1, 128, 1), true, Map.of()));
        catalog().addImage(image(IMAGE, "small.img", "raw"));
    }

    static Image image(ImageId id, String file, String format) {
        return new Image(id, "image", file, format, 0, null, null, null, 0, 0, Map.of(), Instant.EPOCH);
    }

    Hosts hosts() {
        return compute.hosts();
    }

    Instances instances() {
        return compute.instances();
    }

    Claims claims() {
        return compute.claims();
    }

    Catalog catalog() {
        return compute.catalog();
    }

    LeaderEpoch leader() {
        return leading.get().orElseThrow();
    }

    ComputeHost host(String host) {
        return hosts().find(HostId.of(host)).orElseThrow();
    }

    Instance instance(InstanceId id) {
        return claims().find(id).orElseThrow();
    }

    ComputeHost introduce(String host, String boot) {
        return introduce(host, boot, new Resources(8, 1024, 100));
    }

    ComputeHost introduce(String host, String boot, Resources capacity) {
        return hosts().introduce(
                        new HostIntroduction(HostId.of(host), SEGMENT, "nova", boot, "127.0.0.1", 4000, capacity),
                        hosts().find(HostId.of(host)).map(ComputeHost::epoch).orElse(HostEpoch.ZERO),
                        leader());
    }

    AgentAnswer admit(String host) {
        return hosts().admit(HostId.of(host), leader(), List.of());
    }

    /** A host with room for eight small instances that serves. */
    void serving(String... hosts) {
        for (String host : hosts) {
            introduce(host, host + "-boot-1");
            admit(host);
        }
    }

    Instance create(String name) {
        return create(name, null);
    }

    Instance create(String name, @Nullable String host) {
        return create(wanted(name, host));
    }

    /** Stores it and lets it be placed; returns it as it is then. */
    Instance create(Instances.NewInstance wanted) {
        InstanceId made = instances().create(wanted, OWNER).id();
        compute.placeNow();
        return instance(made);
    }

    /** Has it started and, if it has no home, placed. */
    void start(InstanceId instance) {
        instances().start(instance, OWNER);
        compute.placeNow();
    }

    static Instances.NewInstance wanted(String name, @Nullable String host) {
        return new Instances.NewInstance(
                name, PROJECT, "user", SMALL, IMAGE, null, host == null ? null : HostId.of(host), List.of(), Map.of());
    }

    ComputeHost condemn(String host) {
        ComputeHost before = host(host);
        return hosts().condemn(before.id(), before.epoch(), leader(), List.of());
    }

    FenceProof proof(String host, HostEpoch epoch) {
        return fencer.acceptWord(
                CaseId.of(UUID.randomUUID()), HostId.of(host), epoch, new Actor("operator", "cli"), "pulled the plug");
    }

    /** Condemns and fences; returns the proof. */
    FenceProof fence(String host) {
        FenceProof proof = proof(host, condemn(host).epoch());
        hosts().fenced(proof, leader(), List.of());
        return proof;
    }

    Claim evacuate(Instance instance, String to, FenceProof proof) {
        return evacuate(instance, to, proof, false);
    }

    Claim evacuate(Instance instance, String to, FenceProof proof, boolean leaveStopped) {
        return claims().evacuate(
                        instance.id(),
                        instance.generation(),
                        HostId.of(to),
                        proof,
                        leaveStopped,
                        leader(),
                        List.of(fact("moved")));
    }

    static Fact fact(String type) {
        return new Fact(UUID.randomUUID(), "test." + type, "instance/x", null, Instant.EPOCH, Map.of());
    }

    List<String> outbox() {
        return WrittenFacts.types(store);
    }

    /** What a host ought to have given away, added up from the instances whose home it is. */
    Resources owedBy(String host) {
        return homedAt(host).stream().map(InstanceRow::resources).reduce(Resources.NOTHING, Resources::plus);
    }

    private List<InstanceRow> homedAt(String host) {
        return store.inTransaction(session -> session.createSelectionQuery(
                        "from Instance where host = :host and deletedAt is null", InstanceRow.class)
                .setParameter("host", host)
                .list());
    }

    /** What a host is said to have given away, and to how many, is what its instances add up to. */
    void assertBooksAreRight(String host) {
        ComputeHost said = host(host);
        assertThat(said.used()).as("host %s", host).isEqualTo(owedBy(host));
        assertThat(said.instances()).as("host %s", host).isEqualTo(homedAt(host).size());
    }

    private Placer.Choice firstFit(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
        Map<HostId, String> reasons = new TreeMap<>();
        for (ComputeHost host : hosts().list()) {
            if (only != null && !only.equals(host.id())) {
                reasons.put(host.id(), "not asked for");
            } else if (!host.takesClaims()) {
                reasons.put(host.id(), "does not take claims");
            } else if (host.used().memoryMib() + wants.memoryMib()
                    > host.capacity().memoryMib()) {
                reasons.put(host.id(), "full");
            } else {
                return new Placer.Choice.Home(host.id());
            }
        }
        return new Placer.Choice.None(reasons.entrySet().stream()
                .map(reason -> reason.getKey() + ": " + reason.getValue())
                .collect(Collectors.joining("; ")));
    }

    /** Each test ends with books that are right, whatever it was about. */
    @Override
    public void close() {
        compute.close();
        hosts().list().forEach(host -> assertBooksAreRight(host.id().value()));
        try {
            storage.close();
        } catch (Exception e) {
            throw new IllegalStateException("the test's database did not close", e);
        }
    }
}

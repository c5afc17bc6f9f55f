package io.holdfast.network.store;

import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.Instances;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.Placer;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.compute.SlotsAnswer;
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
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.network.Cidr;
import io.holdfast.network.Gateway;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Network;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks;
import io.holdfast.network.Range;
import io.holdfast.network.Subnet;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Compute and networks over one fresh database, with two hosts whose agents do at once what they are told. */
final class Cloud implements AutoCloseable {

    static final ProjectId BLUE = ProjectId.of("blue");
    static final ProjectId RED = ProjectId.of("red");
    static final Actor OWNER = new Actor("owner", "api");

    private static final FlavorId SMALL = FlavorId.of("small");
    private static final ImageId IMAGE = ImageId.of(new UUID(0, 1));
    private static final LeaderEpoch LEADER = LeaderEpoch.of(1);

    final TestDatabase database = TestDatabase.fresh();
    final Store store;
    final StoredNetworks networks;
    final StoredSecurityGroups groups;
    final StoredCompute compute;
    final List<InstanceOrder> orders = new CopyOnWriteArrayList<>();

    /** What config drives were written, by file. */
    final Map<String, Map<String, byte[]>> drives = new ConcurrentHashMap<>();

    private final Fencer fencer = new Fencer(
            FenceDevices.one(Map.of()),
            new InMemoryFenceJournal(),
            (segment, leader) -> true,
            FencingSettings.defaults(),
            InstantSource.system());

    Cloud(Path shared, NetworkSettings settings) {
        List<Class<?>> entities = new ArrayList<>(StoredCompute.ENTITIES);
        entities.addAll(StoredNetworks.ENTITIES);
        store = database.store(entities);
        networks = new StoredNetworks(store, settings, InstantSource.system());
        groups = new StoredSecurityGroups(store, settings, InstantSource.system());
        compute = new StoredCompute(
                store,
                new Obedient(),
                (instance, wants, zone, only) -> place(),
                () -> Optional.of(LEADER),
                instance -> false,
                ComputeSettings.defaults().at(shared),
                Duration.ofMinutes(5),
                new Overcommit(4.0, 1.0),
                new StoredInstanceNetworks(settings, InstantSource.system()),
                drives::put,
                InstantSource.system());
        try {
            Files.createDirectories(shared.resolve("images"));
            Files.writeString(shared.resolve("images/small.img"), "a disk");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        compute.catalog().addFlavor(new Flavor(SMALL, "small", new Resources(1, 128, 1), true, Map.of()));
        compute.catalog()
                .addImage(new Image(
                        IMAGE, "image", "small.img", "raw", 0, null, null, null, 0, 0, Map.of(), Instant.EPOCH));
        for (String host : List.of("h1", "h2")) {
            compute.hosts()
                    .introduce(
                            new HostIntroduction(
                                    HostId.of(host),
                                    SegmentId.of("default"),
                                    "nova",
                                    host + "-boot",
                                    "127.0.0.1",
                                    4000,
                                    new Resources(64, 8192, 100)),
                            HostEpoch.ZERO,
                            LEADER);
            compute.hosts().admit(HostId.of(host), LEADER, List.of());
        }
    }

    /** The first host that serves. */
    private Placer.Choice place() {
        return compute.hosts().list().stream()
                .filter(host -> host.state() == io.holdfast.compute.HostState.SERVING)
                .findFirst()
                .<Placer.Choice>map(host -> new Placer.Choice.Home(host.id()))
                .orElseGet(() -> new Placer.Choice.None(""));
    }

    Network network(ProjectId project, boolean shared, String physical) {
        return networks.create(new Networks.NewNetwork("net", project, "", shared, true, physical, 1500));
    }

    Subnet subnet(Network network, String cidr, Range... pools) {
        return subnet(network, cidr, List.of(), pools);
    }

    Subnet subnet(Network network, String cidr, List<Ipv4> dns, Range... pools) {
        return networks.create(new Networks.NewSubnet(
                network.id(),
                "",
                network.project(),
                "",
                Cidr.parse(cidr).orElseThrow(),
                new Gateway.First(),
                pools.length == 0 ? null : List.of(pools),
                dns));
    }

    Networks.NewPort wanted(Network network, Networks.Place... places) {
        return new Networks.NewPort(
                network.id(), BLUE, "", "", true, null, "", "", places.length == 0 ? null : List.of(places), null);
    }

    Instance boot(NetworkWish wish) {
        return boot(wish, Particulars.NONE);
    }

    Instance boot(NetworkWish wish, Particulars particulars) {
        InstanceId made = compute.instances()
                .create(
                        new Instances.NewInstance(
                                "vm",
                                BLUE,
                                "user",
                                SMALL,
                                IMAGE,
                                null,
                                null,
                                List.of(),
                                Map.of(),
                                null,
                                particulars,
                                null,
                                wish),
                        OWNER)
                .id();
        // It is stored before it is placed.
        await().until(() -> !"scheduling".equals(instance(made).task()));
        return instance(made);
    }

    private Instance instance(InstanceId id) {
        return compute.claims().find(id).orElseThrow();
    }

    /** Fences the host and takes the instance to the other one. */
    void evacuate(Instance instance, String from, String to) {
        ComputeHost before = compute.hosts().find(HostId.of(from)).orElseThrow();
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
        compute.claims().deliver(instance.id());
    }

    @Override
    public void close() {
        compute.close();
        database.close();
    }

    private final class Obedient implements HostAgents {

        @Override
        public AgentAnswer adopt(ComputeHost host, AdoptOrder order, Duration deadline) {
            return new AgentAnswer.Accepted(List.of(), List.of());
        }

        @Override
        public AgentAnswer apply(ComputeHost host, InstanceOrder order, Duration deadline) {
            orders.add(order);
            ActualState reached = switch (order.goal()) {
                case RUNNING -> ActualState.RUNNING;
                case STOPPED -> ActualState.STOPPED;
                case PAUSED -> ActualState.PAUSED;
                case SUSPENDED -> ActualState.SUSPENDED;
                case DELETED -> ActualState.DELETED;
            };
            return new AgentAnswer.Accepted(
                    List.of(new InstanceReport(
                            order.instance(), order.generation(), reached, false, "", Instant.now())),
                    List.of());
        }

        @Override
        public RemedyAnswer mend(ComputeHost host, RemedyOrder order, Duration deadline) {
            return new RemedyAnswer.Refused("nothing to mend");
        }

        @Override
        public DiskLookAnswer look(ComputeHost host, DiskLook look, Duration deadline) {
            return new DiskLookAnswer.Unknown("sees nothing");
        }

        @Override
        public SlotsAnswer slots(ComputeHost host, Duration deadline) {
            return new SlotsAnswer.Unknown("reads nothing");
        }

        @Override
        public DiagnosticsAnswer diagnose(ComputeHost host, InstanceId instance, Duration deadline) {
            return new DiagnosticsAnswer.Unknown("counts nothing");
        }

        @Override
        public ConsoleAnswer console(ComputeHost host, InstanceId instance, int bytesMax, Duration deadline) {
            return new ConsoleAnswer.Unknown("reads nothing");
        }

        @Override
        public boolean prepare(ComputeHost host, Duration deadline) {
            return true;
        }

        @Override
        public AutoCloseable watch(ComputeHost host, Consumer<InstanceReport> reports) {
            return () -> {};
        }
    }
}

package io.holdfast.server.demo;

import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instances.NewInstance;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Placer;
import io.holdfast.compute.sim.SimulatedAgents;
import io.holdfast.compute.store.Jdbc;
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
import io.holdfast.recovery.SchedulerPlacer;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.server.controller.LatePlacer;
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Hosts and instances in a database, with the part of a controller that gives them homes: the product's scheduler over the product's store. No agent is
 * told and nobody listens. For measurements; filled by statements, since what is measured begins when it is full.
 */
public final class StoredCloud implements AutoCloseable {

    private static final SegmentId SEGMENT = SegmentId.of("default");
    private static final LeaderEpoch LEADER = LeaderEpoch.of(1);
    private static final Actor OPERATOR = new Actor("bench", "cli");
    private static final ImageId IMAGE = ImageId.of(new UUID(1, 1));

    private final DatabaseAlone database;
    private final StoredCompute compute;
    private final Placer placer;
    private final AtomicReference<Optional<LeaderEpoch>> leading = new AtomicReference<>(Optional.empty());
    private final Fencer fencer = new Fencer(
            FenceDevices.one(Map.of()),
            new InMemoryFenceJournal(),
            (segment, leader) -> true,
            FencingSettings.defaults(),
            InstantSource.system());

    /** One stored instance of each size, of which the others are copies. */
    private final Map<Resources, InstanceId> templates = new HashMap<>();

    private StoredCloud(DatabaseAlone database, SchedulerSettings settings) {
        this.database = database;
        ComputeSettings shipped = ComputeSettings.defaults();
        LatePlacer late = new LatePlacer();
        this.compute = new StoredCompute(
                database.store(),
                new SimulatedAgents(),
                late,
                leading::get,
                instance -> true,
                new ComputeSettings(
                        database.directory(),
                        shipped.defaultPolicy(),
                        shipped.applyDeadline(),
                        shipped.adoptDeadline(),
                        shipped.deliveryInterval(),
                        shipped.withdrawnFor(),
                        ComputeSettings.ConfigDrive.ASKED,
                        shipped.onGuest()),
                Duration.ofMinutes(5),
                new Overcommit(settings.vcpuOvercommit(), settings.memoryOvercommit(), settings.maxInstancesPerHost()),
                InstantSource.system());
        this.placer = new SchedulerPlacer(compute.hosts(), compute.claims(), new Scheduler(settings), host -> false);
        late.become(placer);
        // Nobody is told: there is nobody.
        compute.delivery().close();
    }

    /**
     * Starts a database and stores the hosts; blocks until they are there.
     *
     * @param hosts all of one segment, whichever they name; one that is not alive takes no claims; without what is said of them from outside
     */
    public static StoredCloud open(List<HostSnapshot> hosts, SchedulerSettings settings) throws IOException {
        DatabaseAlone database = DatabaseAlone.open("cloud", StoredCompute.ENTITIES);
        StoredCloud cloud = new StoredCloud(database, settings);
        try {
            cloud.store(hosts);
            return cloud;
        } catch (IOException | RuntimeException e) {
            cloud.closeAfter(e);
            throw e;
        }
    }

    private void closeAfter(Exception cause) {
        try {
            close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private void store(List<HostSnapshot> hosts) throws IOException {
        database.store().inTransactionDo(session -> {
            Store.recordLeader(session, SEGMENT, LEADER, "bench");
            for (HostSnapshot host : hosts) {
                Resources has = host.capacity();
                Resources used = host.used();
                int _ = Jdbc.update(
                        session,
                        "insert into host (id, uuid, segment, zone, state, enabled, vcpus, memory_mib, disk_gib, vcpus_used,"
                                + " memory_mib_used, disk_gib_used, instances, failure_domains)"
                                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        host.host().value(),
                        UUID.randomUUID(),
                        SEGMENT.value(),
                        host.zone(),
                        host.alive() ? "SERVING" : "CONDEMNED",
                        host.enabled(),
                        has.vcpus(),
                        has.memoryMib(),
                        has.diskGib(),
                        used.vcpus(),
                        used.memoryMib(),
                        used.diskGib(),
                        host.instances(),
                        host.domains().toString());
            }
        });
        Path images = Files.createDirectories(database.directory().resolve("images"));
        Files.writeString(images.resolve("bench.img"), "a disk");
        compute.catalog()
                .addImage(new Image(
                        IMAGE, "bench", "bench.img", "raw", 0, null, null, null, 0, 0, Map.of(), Instant.EPOCH));
    }

    private InstanceId template(Resources size) {
        return templates.computeIfAbsent(size, wants -> {
            FlavorId flavor = FlavorId.of("bench-" + templates.size());
            compute.catalog().addFlavor(new Flavor(flavor, flavor.value(), wants, true, Map.of()));
            InstanceId template = compute.instances()
                    .create(
                            new NewInstance(
                                    "template",
                                    ProjectId.of("bench"),
                                    "bench",
                                    flavor,
                                    IMAGE,
                                    null,
                                    null,
                                    List.of(),
                                    Map.of("holdfast:recovery", "automatic")),
                            OPERATOR)
                    .id();
            // It is copied, and wants no home for itself.
            database.store().inTransactionDo(session -> {
                int _ = Jdbc.update(session, "update instance set deleted_at = now() where id = ?", template.value());
            });
            return template;
        });
    }

    /** Stores instances that wait for a home, some of each size. */
    public void waiting(int each, List<Resources> sizes) {
        sizes.forEach(size -> copies(
                size,
                each,
                "select r.* from instance t, generate_series(1, ?) n, lateral jsonb_populate_record(t, jsonb_build_object("
                        + "'id', gen_random_uuid(), 'name', 'bench-' || n, 'created_at', now(), 'updated_at', now(), 'deleted_at', null)) r"
                        + " where t.id = ?"));
    }

    private void copies(Resources size, int count, String select) {
        UUID template = template(size).value();
        database.store().inTransactionDo(session -> {
            int _ = Jdbc.update(session, "insert into instance " + select, count, template);
        });
    }

    /** How many instances have no home. */
    public int homeless() {
        return database.store()
                .inTransaction(session -> Jdbc.first(
                                session,
                                row -> row.getInt(1),
                                "select count(*) from instance where host is null and deleted_at is null")
                        .orElseThrow());
    }

    /** Gives a home to all that wait and for whom there is room; blocks until all of it is committed. */
    public void place() {
        leading.set(Optional.of(LEADER));
        compute.placeNow();
    }

    /** The instances are gone, and their hosts have their room back. */
    public void empty() {
        database.store().inTransactionDo(session -> {
            int _ = Jdbc.update(
                    session,
                    "update host h set version = version + 1, vcpus_used = vcpus_used - i.vcpus, memory_mib_used = memory_mib_used"
                            + " - i.memory, disk_gib_used = disk_gib_used - i.disk, instances = instances - i.all_of_it from"
                            + " (select host, sum(vcpus) vcpus, sum(memory_mib) memory, sum(disk_gib) disk, count(*) all_of_it"
                            + " from instance where host is not null group by host) i where i.host = h.id");
            int _ = Jdbc.update(session, "delete from instance_action");
            int _ = Jdbc.update(session, "delete from instance where deleted_at is null");
        });
    }

    /** One that lived on a host that was isolated. */
    public record Homeless(InstanceId instance, Resources wants, FenceProof proof) {}

    /**
     * As it is when these hosts have been proven isolated: each had as many instances, and nobody has moved any yet.
     *
     * @param sizes of instances, one after the other
     */
    public List<Homeless> isolated(List<HostId> hosts, int each, List<Resources> sizes) {
        List<Homeless> homeless = new ArrayList<>();
        Map<Resources, List<Homeless>> bySize = new LinkedHashMap<>();
        for (HostId host : hosts) {
            FenceProof proof = fencer.acceptWord(
                    CaseId.of(UUID.randomUUID()), host, HostEpoch.of(1), OPERATOR, "it is made of numbers");
            for (int i = 0; i < each; i++) {
                Homeless one = new Homeless(InstanceId.of(UUID.randomUUID()), sizes.get(i % sizes.size()), proof);
                homeless.add(one);
                bySize.computeIfAbsent(one.wants, size -> new ArrayList<>()).add(one);
            }
        }
        bySize.keySet().forEach(this::template);
        database.store().inTransactionDo(session -> {
            bySize.forEach((size, some) -> {
                int _ = Jdbc.update(
                        session,
                        "insert into instance select r.* from unnest(?::uuid[], ?::text[]) u(id, host), instance t,"
                                + " lateral jsonb_populate_record(t, jsonb_build_object('id', u.id, 'name', 'bench-' || u.id,"
                                + " 'host', u.host, 'generation', 1, 'actual', 'UNKNOWN', 'task', null, 'deleted_at', null)) r where t.id = ?",
                        words(some, one -> one.instance.toString()),
                        words(some, one -> one.proof.host().value()),
                        template(size).value());
            });
            int _ = Jdbc.update(
                    session,
                    "update host h set state = 'FENCED', epoch = 1, version = version + 1, vcpus_used = i.vcpus,"
                            + " memory_mib_used = i.memory, disk_gib_used = i.disk, instances = i.all_of_it from (select host,"
                            + " sum(vcpus) vcpus, sum(memory_mib) memory, sum(disk_gib) disk, count(*) all_of_it from instance"
                            + " where host is not null group by host) i where i.host = h.id");
        });
        return homeless;
    }

    private static String[] words(List<Homeless> all, Function<Homeless, String> word) {
        return all.stream().map(word).toArray(String[]::new);
    }

    public Placer placer() {
        return placer;
    }

    public Claims claims() {
        return compute.claims();
    }

    /** Who claims. */
    public LeaderEpoch leader() {
        return LEADER;
    }

    @Override
    public void close() throws IOException {
        compute.close();
        database.close();
    }
}

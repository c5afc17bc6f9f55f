package io.holdfast.server.controller;

import io.holdfast.api.Advised;
import io.holdfast.api.ApiServer;
import io.holdfast.api.Lead;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.control.AdvisoryWatch;
import io.holdfast.compute.control.LoadWatch;
import io.holdfast.compute.drive.ConfigDriveFiles;
import io.holdfast.compute.store.StoredAdvisories;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.compute.store.StoredHostLoads;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.GuardedPowerOn;
import io.holdfast.fencing.HardwareWatch;
import io.holdfast.fencing.KernelDump;
import io.holdfast.fencing.PowerOn;
import io.holdfast.fencing.Rehearsals;
import io.holdfast.fencing.kdump.KdumpDevice;
import io.holdfast.fencing.kdump.KdumpListener;
import io.holdfast.fencing.store.StoredFenceJournal;
import io.holdfast.fencing.store.StoredHardwareBook;
import io.holdfast.fencing.store.StoredReadinessBook;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.network.store.StoredInstanceNetworks;
import io.holdfast.network.store.StoredNetworks;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.store.PostgresLedger;
import io.holdfast.recovery.AdmissionDesk;
import io.holdfast.recovery.AdmissionWarnings;
import io.holdfast.recovery.AdmittedHosts;
import io.holdfast.recovery.AdmittedPlacer;
import io.holdfast.recovery.CapacitySurveys;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.Fencing;
import io.holdfast.recovery.PlanKeeper;
import io.holdfast.recovery.PromiseWatch;
import io.holdfast.recovery.RecoveryEngine;
import io.holdfast.recovery.SchedulerExplainer;
import io.holdfast.recovery.SchedulerPlacer;
import io.holdfast.recovery.SignsOfLife;
import io.holdfast.recovery.SteadyClock;
import io.holdfast.recovery.Verdicts;
import io.holdfast.recovery.store.StoredCases;
import io.holdfast.recovery.store.StoredFailoverSegments;
import io.holdfast.recovery.store.StoredMoves;
import io.holdfast.recovery.store.StoredOrders;
import io.holdfast.recovery.store.StoredPromises;
import io.holdfast.scheduler.AdvisorySettings;
import io.holdfast.scheduler.Multipliers;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Closing;
import io.holdfast.store.Database;
import io.holdfast.store.StateDirectory;
import io.holdfast.store.Store;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One controller, put together.
 *
 * <p>The API comes last: whoever gets an answer may rely on everything behind it. Leadership comes right before it, so
 * that open cases go on at once. What ends, ends in the reverse order.
 */
public final class Controller implements AutoCloseable {

    /** How long a rehearsal that somebody asked for waits for its turn: less than its caller waits for an answer. */
    private static final Duration REHEARSAL_TURN = Duration.ofSeconds(20);

    private static final Logger log = LoggerFactory.getLogger(Controller.class);

    private static final Duration WARM_UP = Duration.ofSeconds(2);

    /** A new segment has no host yet, and a plan without hosts teaches little. */
    private static final Duration WARM_UP_AGAIN = Duration.ofSeconds(10);

    /** A daemon needs seconds to start, its agent three looks to call it well, and we two to hear of it. */
    private static final Duration LIBVIRT_PAUSE = Duration.ofSeconds(30);

    private static final Duration STORE_LOOK = Duration.ofMillis(500);

    /** Longer than a database takes that was killed and starts again. */
    private static final Duration STORE_SILENCE = Duration.ofSeconds(5);

    private final Closing closing;
    private final int apiPort;

    private Controller(Closing closing, int apiPort) {
        this.closing = closing;
        this.apiPort = apiPort;
    }

    /** Starts everything; when one part cannot start, those that did are stopped again. */
    public static Controller start(ControllerSettings settings, SecretReader secrets, Callable<World> openWorld)
            throws Exception {
        long begun = System.nanoTime();
        Closing closing = new Closing();
        try {
            // Before anything is opened: a key file that will not do is told as such.
            secrets.keys();
            closing.add(StateDirectory.lock(settings.stateDirectory()));
            int port = assemble(settings, secrets, openWorld, closing);
            log.info(
                    "controller {} ready in {} ms, API on {} port {}",
                    settings.name(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
                    settings.api().address(),
                    port);
            return new Controller(closing, port);
        } catch (Exception e) {
            closing.closeAfter(e);
            throw e;
        }
    }

    private static int assemble(
            ControllerSettings settings, SecretReader secrets, Callable<World> openWorld, Closing closing)
            throws Exception {
        Started started = startSlowParts(settings, secrets, openWorld, closing);
        World world = started.world;
        Store store = started.store;

        LatePlacer placer = new LatePlacer();
        LateAdmission admission = new LateAdmission();
        LateRecovery late = new LateRecovery();
        Leader leader = closing.add(new Leader(store, settings.segmentId(), settings.name(), late::begin));
        ConfigDriveFiles drives = closing.add(new ConfigDriveFiles(
                settings.compute().sharedStorage(), settings.stateDirectory().resolve("drives")));
        StoredCompute compute = closing.add(new StoredCompute(
                store,
                world.agents(),
                placer,
                admission,
                leader::current,
                instance -> late.engine().holdsStart(instance),
                settings.compute(),
                settings.recovery().instanceDeadline(),
                new Overcommit(
                        settings.scheduler().vcpuOvercommit(),
                        settings.scheduler().memoryOvercommit(),
                        settings.scheduler().maxInstancesPerHost()),
                new StoredInstanceNetworks(settings.network(), InstantSource.system()),
                drives,
                InstantSource.system()));
        AdvisorySettings advice = settings.scheduler().advisories();
        StoredAdvisories advisories = new StoredAdvisories(
                store, kind -> advice.effect(kind) == AdvisorySettings.Effect.DRAIN, InstantSource.system());
        StoredNetworks networks = new StoredNetworks(store, settings.network(), InstantSource.system());
        PostgresLedger ledger = PostgresLedger.open(store, settings.webhookKey(), secrets);
        NotificationService notifications = closing.add(NotificationService.over(
                started.vertx,
                ledger,
                settings.notifications(),
                () -> names(compute.hosts().list())));
        notifications.start();
        Broker.serve(settings.notifications(), ledger, compute, networks, notifications, secrets, closing);
        KdumpListener kdump = closing.add(KdumpListener.open(
                settings.fencing().kdump(), new SteadyClock(InstantSource.system(), System::nanoTime)));
        Fencer fencer = new Fencer(
                world.fenceDevices(new KdumpDevice(kdump)),
                new StoredFenceJournal(store),
                leader::mayAct,
                settings.fencing(),
                InstantSource.system());
        List<Consumer<HostId>> suspects = new CopyOnWriteArrayList<>();
        LibvirtRestarts restarts =
                closing.add(new LibvirtRestarts(leader::current, compute.hosts()::find, world.agents(), LIBVIRT_PAUSE));
        DiskActivity disks = closing.add(new DiskActivity(
                settings.compute().sharedStorage(),
                () -> compute.instances().list(null),
                compute.hosts()::list,
                late::hosts,
                world.agents()));
        Membership membership = closing.add(world.membership(
                (host, deadline) -> fencer.readPower(host, deadline).state(),
                // Agents are not asked by everybody who watches; whoever leads next asks then.
                (host, deadline) ->
                        leader.current().isPresent() ? disks.look(host, deadline) : GuestActivity.NOBODY_LOOKS,
                event -> {
                    restarts.on(event);
                    if (event instanceof MembershipEvent.Suspected suspected) {
                        suspects.forEach(each -> each.accept(suspected.host()));
                    }
                    late.engine().onMembership(event);
                }));
        Scheduler scheduler = new Scheduler(settings.scheduler());
        StoredCases cases = new StoredCases(store);
        StoredMoves moves = new StoredMoves(store);
        StoredOrders orders = new StoredOrders(store);
        FailoverSegments segments = new StoredFailoverSegments(store, settings.segmentId(), InstantSource.system());
        Predicate<HostId> avoided =
                host -> late.engine().avoids(host) || !world.agentTrouble(host).isEmpty();
        StoredPromises promises = new StoredPromises(store);
        SteadyClock steady = new SteadyClock(InstantSource.system(), System::nanoTime);
        AdmissionDesk desk = new AdmissionDesk(
                compute.hosts(),
                compute.claims(),
                compute.instances(),
                segments,
                settings.scheduler(),
                avoided,
                settings.recovery(),
                settings.admission(),
                new AdmissionWarnings(promises, leader::current, notifications::wake, steady),
                steady);
        admission.become(desk);
        Hosts admittedHosts = new AdmittedHosts(compute.hosts(), desk);
        RecoveryEngine recovery = closing.add(new RecoveryEngine(
                settings.segmentId(),
                leader::current,
                admittedHosts,
                compute.claims(),
                compute.withdrawals(),
                compute.instances(),
                fencing(fencer, compute.hosts(), kdump),
                scheduler,
                cases,
                moves,
                notifications::tellNow,
                verdicts(membership),
                orders,
                segments,
                host -> signs(membership, disks, host),
                settings.recovery(),
                new SteadyClock(InstantSource.system(), System::nanoTime)));
        placer.become(
                new AdmittedPlacer(new SchedulerPlacer(compute.hosts(), compute.claims(), scheduler, avoided), desk));
        CapacitySurveys capacity = new CapacitySurveys(
                compute.hosts(),
                compute.claims(),
                compute.instances(),
                segments,
                settings.scheduler(),
                avoided,
                settings.recovery(),
                settings.admission(),
                steady);
        late.become(recovery, membership, () -> lively(compute.hosts().list()), compute.delivery()::wake);

        recovery.start();
        membership.start();
        world.watchSlots(membership::slots);
        if (settings.fencing().slot().read() == FencingSettings.Slot.Read.AGENTS) {
            closing.add(new RelayedSlots(
                            settings.segmentId(),
                            () -> leader.current().isPresent(),
                            () -> DiskActivity.askable(compute.hosts().list(), membership.hosts()),
                            world.agents(),
                            membership::slots))
                    .start();
        }
        compute.start();
        AtomicReference<String> address = new AtomicReference<>("");
        membership.awaitOriented();
        leader.stand(world.leadership(started.newestLeader, address::get, leader));
        if (world.hasPeers()) {
            StoreWatch watch = closing.add(
                    new StoreWatch(() -> newestLeader(store, settings), STORE_LOOK, STORE_SILENCE, leader::storeAway));
            watch.start();
        }
        warmUp(fencer);
        RehearsedHosts rehearsed = new RehearsedHosts(settings.segmentId(), compute.hosts(), membership, recovery);
        Rehearsals rehearsals = closing.add(new Rehearsals(
                settings.segmentId(),
                fencer,
                new StoredReadinessBook(store),
                rehearsed,
                leader::current,
                notifications::wake,
                settings.fencing().checkInterval(),
                REHEARSAL_TURN));
        rehearsals.start();
        HardwareWatch hardware = closing.add(new HardwareWatch(
                settings.segmentId(),
                fencer,
                new StoredHardwareBook(store),
                rehearsed,
                leader::current,
                (host, found) -> membership.hardware(host, HardwareSigns.of(found)),
                notifications::wake,
                settings.fencing().sensors().interval(),
                settings.fencing().sensors().deadline()));
        suspects.add(hardware::suspected);
        hardware.start();
        closing.add(new PromiseWatch(
                        settings.segmentId(),
                        capacity,
                        promises,
                        leader::current,
                        notifications::wake,
                        settings.admission(),
                        steady))
                .start();
        closing.add(new PlanKeeper(
                        settings.segmentId(),
                        recovery.keptPlans(),
                        compute.hosts(),
                        compute.claims(),
                        compute.instances(),
                        segments,
                        scheduler,
                        recovery::avoids,
                        leader::current,
                        settings.recovery(),
                        settings.admission().lookInterval(),
                        steady))
                .start();
        closing.add(new AdvisoryWatch(advisories, leader::current, notifications::wake))
                .start();
        closing.add(new LoadWatch(
                        world::busyPercents,
                        new StoredHostLoads(store, InstantSource.system()),
                        () -> settings.scheduler().weighsMeasuredCpu()
                                || compute.aggregates().list().stream()
                                        .anyMatch(one -> one.metadata().containsKey(Multipliers.MEASURED_CPU)),
                        leader::current))
                .start();
        DiskSpace disk = new DiskSpace(settings.stateDirectory());
        ApiServer api = new ApiAssembly(settings, secrets, closing, started.vertx, store)
                .assemble(
                        compute,
                        admittedHosts,
                        networks,
                        recovery,
                        capacity,
                        new SchedulerExplainer(compute.hosts(), compute.claims(), scheduler, avoided),
                        new Advised(advisories, advice),
                        segments,
                        notifications,
                        rehearsals,
                        new GuardedPowerOn(settings.segmentId(), fencer, rehearsed, leader::current),
                        membership::host,
                        () -> Readiness.of(
                                leader.current(),
                                leader.elsewhere(),
                                recovery.trouble(),
                                compute.delivery().trouble(),
                                disk.trouble()),
                        () -> lead(leader));
        int port = api.start();
        address.set(apiAddress(settings, port));
        WarmUp warmUp = closing.add(new WarmUp(
                () -> {
                    orders.orders(settings.segmentId());
                    moves.open(settings.segmentId());
                    cases.open(settings.segmentId());
                    cases.list(null, null, 1);
                    return plannedOnce(recovery, compute.hosts().list());
                },
                WARM_UP_AGAIN));
        warmUp.start();
        return port;
    }

    private static Lead lead(Leader leader) {
        return leader.current().isPresent()
                ? new Lead.Here()
                : leader.elsewhere().<Lead>map(Lead.Elsewhere::new).orElseGet(Lead.Nobody::new);
    }

    /** What the other controllers call: an API that listens on every address is called where the group is. */
    private static String apiAddress(ControllerSettings settings, int port) {
        String listens = settings.api().address();
        String host = listens.equals("0.0.0.0") || listens.equals("::")
                ? settings.membership().bindAddress()
                : listens;
        return (settings.api().tls() == null ? "http://" : "https://")
                + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /** The database and the coordination take a second or two each and need nothing of each other. */
    private static Started startSlowParts(
            ControllerSettings settings, SecretReader secrets, Callable<World> openWorld, Closing closing)
            throws Exception {
        try (ExecutorService starters = Executors.newFixedThreadPool(
                3, Thread.ofPlatform().name("start-", 0).daemon().factory())) {
            Future<Store> store = starters.submit(() -> {
                Database database = closing.add(Database.open(settings.store(), settings.stateDirectory(), secrets));
                List<Class<?>> entities = new ArrayList<>(StoredCompute.ENTITIES);
                entities.addAll(StoredFenceJournal.entities());
                entities.addAll(StoredNetworks.ENTITIES);
                return closing.add(Store.open(database.dataSource(), entities));
            });
            Future<World> world = starters.submit(() -> closing.add(openWorld.call()));
            Future<Vertx> vertx = starters.submit(() -> {
                Vertx started = Vertx.vertx();
                closing.add((AutoCloseable) () -> started.close()
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(5, TimeUnit.SECONDS));
                return started;
            });
            Store opened = result(store);
            return new Started(opened, result(world), result(vertx), newestLeader(opened, settings));
        }
    }

    private static LeaderEpoch newestLeader(Store store, ControllerSettings settings) {
        return store.inTransaction(session -> Store.newestLeader(session, settings.segmentId()));
    }

    private static <T> T result(Future<T> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** The first question to a device costs a third of a second of class loading; better now than when a host is dying. */
    private static void warmUp(Fencer fencer) {
        Thread.ofVirtual()
                .name("fencing-warm-up")
                .start(() -> fencer.readAll(WARM_UP)
                        .forEach((device, reading) ->
                                log.info("fence device {} reads {}: {}", device, reading.state(), reading.detail())));
    }

    /** Plays the loss of some host through guards, case machine and planner, as a dry run. */
    private static boolean plannedOnce(RecoveryEngine recovery, List<ComputeHost> hosts) {
        if (hosts.isEmpty()) {
            return false;
        }
        return !recovery.whatIf(List.of(hosts.getFirst().id()), true).hosts().isEmpty();
    }

    private static Set<String> names(List<ComputeHost> hosts) {
        return hosts.stream().map(host -> host.id().value()).collect(Collectors.toUnmodifiableSet());
    }

    /** Hosts that should be there: those that stand condemned are known to be away. */
    private static List<HostId> lively(List<ComputeHost> hosts) {
        return hosts.stream()
                .filter(host -> host.state() == HostState.JOINING || host.state() == HostState.SERVING)
                .map(ComputeHost::id)
                .toList();
    }

    private static Fencing fencing(Fencer fencer, Hosts hosts, KdumpListener kdump) {
        return new Fencing() {
            @Override
            public FenceResult fence(FenceRequest request) {
                return fencer.fence(request.ofBoot(condemnedBoot(hosts, request)));
            }

            @Override
            public FenceProof acceptWord(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
                return fencer.acceptWord(caseId, host, epoch, by, reason);
            }

            @Override
            public FenceProof confirmDead(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
                return fencer.confirmDead(caseId, host, epoch, by, reason);
            }

            @Override
            public List<String> levels(HostId host) {
                return fencer.levels(host);
            }

            @Override
            public Optional<FenceProof> restore(HostId host, HostEpoch epoch) {
                return fencer.restore(host, epoch);
            }

            @Override
            public PowerOn.Answer powerOn(PowerOn.Wish wish) {
                return fencer.powerOn(wish);
            }

            @Override
            public Optional<KernelDump> dump(HostId host, boolean patient) {
                return kdump.of(host, patient);
            }

            @Override
            public boolean isProvenByCrash(HostId host) {
                return fencer.isProvenByCrash(host);
            }
        };
    }

    /** The boot that was admitted in the life that was condemned: a host that was not admitted since has been given nothing to run. */
    private static @Nullable String condemnedBoot(Hosts hosts, FenceRequest request) {
        return hosts.find(request.host())
                .filter(host -> host.epoch().equals(request.epoch()))
                .map(ComputeHost::bootId)
                .orElse(null);
    }

    private static List<SignsOfLife.Sign> signs(Membership membership, DiskActivity disks, HostId host) {
        // Both take their time, and the word waits for the longer one.
        FutureTask<List<SignsOfLife.Sign>> written = new FutureTask<>(() -> disks.of(host));
        Thread.ofVirtual().name("disk-activity-" + host).start(written);
        List<SignsOfLife.Sign> signs = new ArrayList<>();
        membership.signsOfLife(host).stream()
                .map(evidence ->
                        new SignsOfLife.Sign(evidence.signal().name().toLowerCase(Locale.ROOT), evidence.reading()))
                .forEach(signs::add);
        try {
            signs.addAll(written.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            // What cannot be asked is no sign: the list of guests is in the database, which may be away.
            log.warn("whether disks of guests on {} are written is not known: {}", host, String.valueOf(e.getCause()));
        }
        return List.copyOf(signs);
    }

    private static Verdicts verdicts(Membership membership) {
        return new Verdicts() {
            @Override
            public void acknowledgeLost(HostId host) {
                membership.acknowledgeLost(host);
            }

            @Override
            public void forget(HostId host) {
                membership.forget(host);
            }

            @Override
            public String doubt() {
                return membership.doubt();
            }
        };
    }

    /** The port on which the API really listens. */
    public int apiPort() {
        return apiPort;
    }

    @Override
    public void close() {
        closing.close();
        log.info("controller stopped");
    }

    private record Started(Store store, World world, Vertx vertx, LeaderEpoch newestLeader) {}
}

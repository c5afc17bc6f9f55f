package io.holdfast.compute.libvirt;

import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.model.Generation;
import io.holdfast.model.HostTopology;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.Error;
import org.libvirt.LibvirtException;
import org.libvirt.event.ConnectionCloseReason;
import org.libvirt.event.DomainEvent;
import org.libvirt.event.LifecycleListener;
import org.libvirt.event.StoppedDetail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guests on libvirt.
 *
 * <p>Intuition: libvirt is the truth about what runs, and it may go away and come back while the guests run on. So this
 * class remembers nothing but the connection. Each guest is a transient domain whose UUID is the instance's id and whose
 * XML carries the generation.
 *
 * <p>While there is no connection every call fails at once. A connector thread opens one, waits for its loss, tells
 * {@link GuestChange.HypervisorLost}, and begins anew, for ever.
 *
 * <p>Threads: safe for several, one at a time per instance. Blocks the caller for at most twice the driver's time-out (its turn, and the answer) per
 * question to libvirt, and for QEMU's tool that makes disks.
 */
public final class LibvirtDriver implements HypervisorDriver {

    private static final Logger log = LoggerFactory.getLogger(LibvirtDriver.class);

    private static final int LIST_ACTIVE = 1;
    private static final int LIST_INACTIVE = 2;

    private static final Duration RECONNECT_PAUSE_MIN = Duration.ofMillis(100);
    private static final Duration RECONNECT_PAUSE_MAX = Duration.ofSeconds(2);
    private static final Duration STOP_POLL = Duration.ofMillis(100);

    private final AgentSettings settings;
    private final LibvirtCalls calls;
    private final @Nullable String floating;
    private final GuestDisks disks;
    private final ConsoleLogs consoles;
    private final List<Consumer<GuestChange>> consumers = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Boolean> kvm = new CompletableFuture<>();
    private final Thread connector;

    private final AtomicReference<@Nullable Connect> connection = new AtomicReference<>();
    /** Empty while the connection stands. */
    private volatile String trouble = "not connected to libvirt yet";

    private volatile boolean closed;
    /** A domain's id changes with each start, what it says of itself does not while it has that id. */
    private final Map<Life, DomainXml.Mark> marks = new ConcurrentHashMap<>();

    private final HeartbeatChannels heartbeats;
    private final LibvirtHolds holds;

    /**
     * Begins to connect; {@link #trouble()} is empty once it has.
     *
     * @param stateDirectory on the host's own disk, for what guests write to their serial lines
     * @param topology the host's cells: guests without processors of their own keep off the dedicated ones
     */
    public LibvirtDriver(AgentSettings settings, Path stateDirectory, HostTopology topology) {
        this.settings = settings;
        this.floating = topology.floating();
        // Beyond the starts there are lists, stops and destroys.
        this.calls = new LibvirtCalls(settings.driverTimeout(), settings.startsLimit() + 16);
        this.disks = new GuestDisks(settings);
        this.consoles = new ConsoleLogs(stateDirectory.resolve("consoles"));
        this.heartbeats = new HeartbeatChannels(
                instance -> tell(new GuestChange.CameUp(instance)), instance -> tell(new GuestChange.Felt(instance)));
        // What a domain says of itself changes when it is held: it is read again.
        this.holds = new LibvirtHolds(calls, disks, marks::remove);
        this.connector = Thread.ofPlatform().daemon().name("libvirt-connector").start(this::stayConnected);
    }

    @Override
    public List<Guest> guests() throws DriverException {
        Connect connect = connected("listing guests");
        List<Guest> guests = calls.call("listing guests", () -> {
            List<Guest> found = new ArrayList<>();
            Map<Life, DomainXml.Mark> seen = new HashMap<>();
            for (Domain domain : connect.listAllDomains(LIST_ACTIVE)) {
                readGuest(domain, true, found, seen);
            }
            for (Domain domain : connect.listAllDomains(LIST_INACTIVE)) {
                readGuest(domain, false, found, seen);
            }
            marks.keySet().retainAll(seen.keySet());
            heartbeats.listenTo(channels(seen));
            return found;
        });
        return guests;
    }

    @Override
    public void start(InstanceId instance, Generation generation, GuestSpec spec) throws DriverException {
        String doing = "starting instance " + instance + " at generation " + generation;
        Connect connect = connected(doing);
        Path memory = disks.memory(instance, spec);
        if (memory != null && holds.remembers(doing, connect, instance, memory)) {
            // Its domain names its console's file, also on a host that has never had a guest.
            Path _ = console(instance);
            holds.restore(doing, connect, instance, generation, memory);
            return;
        }
        if (calls.call(doing, () -> runningGeneration(connect, instance)).isEmpty()) {
            disks.forget(instance, spec);
        }
        GuestDisks.DiskPaths paths = disks.ready(instance, spec);
        String xml = DomainXml.write(instance, generation, spec, hardware(instance, spec, paths));
        calls.call(doing, () -> {
            Optional<Generation> running = runningGeneration(connect, instance);
            if (running.isPresent()) {
                if (running.get().equals(generation)) {
                    return true;
                }
                throw new DriverException(doing + ": it already runs here at generation " + running.get());
            }
            Domain domain = connect.domainCreateXML(xml, 0);
            domain.free();
            return true;
        });
    }

    @Override
    public void takeOver(InstanceId instance, Generation generation) throws DriverException {
        String doing = "taking over instance " + instance + " at generation " + generation;
        holds.takeOver(doing, connected(doing), instance, generation);
    }

    @Override
    public void destroy(InstanceId instance) throws DriverException {
        String doing = "destroying instance " + instance;
        Connect connect = connected(doing);
        calls.call(doing, () -> {
            Domain domain = lookup(connect, instance);
            if (domain == null) {
                return true;
            }
            try {
                if (domain.isActive() == 1) {
                    domain.destroy();
                }
            } catch (LibvirtException e) {
                if (!isGone(e)) {
                    throw e;
                }
            } finally {
                domain.free();
            }
            return true;
        });
    }

    @Override
    public void stop(InstanceId instance, Duration grace) throws DriverException {
        String doing = "stopping instance " + instance;
        Connect connect = connected(doing);
        boolean asked = calls.call(doing, () -> {
            Domain domain = lookup(connect, instance);
            if (domain == null) {
                return false;
            }
            try {
                domain.shutdown();
                return true;
            } catch (LibvirtException e) {
                if (isGone(e)) {
                    return false;
                }
                throw e;
            } finally {
                domain.free();
            }
        });
        long limit = System.nanoTime() + grace.toNanos();
        while (asked && System.nanoTime() < limit) {
            if (calls.call(doing, () -> runningGeneration(connect, instance)).isEmpty()) {
                return;
            }
            pause(doing, STOP_POLL);
        }
        destroy(instance);
    }

    @Override
    public void pause(InstanceId instance) throws DriverException {
        String doing = "pausing instance " + instance;
        holds.pause(doing, connected(doing), instance);
    }

    @Override
    public void unpause(InstanceId instance, GuestSpec spec) throws DriverException {
        String doing = "unpausing instance " + instance;
        holds.unpause(doing, connected(doing), instance, disks.memory(instance, spec));
        heartbeats.excuse(instance);
    }

    @Override
    public void suspend(InstanceId instance, GuestSpec spec) throws DriverException {
        String doing = "suspending instance " + instance;
        Connect connect = connected(doing);
        Path memory = disks.memory(instance, spec);
        if (memory == null) {
            throw new DriverException(doing + ": there is no place for its memory");
        }
        holds.suspend(doing, connect, instance, memory);
    }

    @Override
    public boolean remembers(InstanceId instance, GuestSpec spec) throws DriverException {
        String doing = "looking for the memory of instance " + instance;
        Path memory = disks.memory(instance, spec);
        return memory != null && holds.remembers(doing, connected(doing), instance, memory);
    }

    @Override
    public Diagnostics diagnostics(InstanceId instance) throws DriverException {
        String doing = "reading the figures of instance " + instance;
        Connect connect = connected(doing);
        return calls.call(doing, () -> {
            Domain domain = lookup(connect, instance);
            if (domain == null) {
                throw new DriverException(doing + ": it does not run here");
            }
            try {
                return LibvirtFigures.read(doing, domain);
            } finally {
                domain.free();
            }
        });
    }

    @Override
    public byte[] console(InstanceId instance, int bytesMax) throws DriverException {
        try {
            return consoles.tail(instance, bytesMax);
        } catch (IOException e) {
            throw new DriverException("the console of instance " + instance + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void delete(InstanceId instance, GuestSpec spec) throws DriverException {
        String doing = "deleting instance " + instance;
        Connect connect = connected(doing);
        if (calls.call(doing, () -> runningGeneration(connect, instance)).isPresent()) {
            throw new DriverException(doing + ": it still runs");
        }
        disks.delete(instance, spec);
        try {
            consoles.delete(instance);
        } catch (IOException e) {
            throw new DriverException(doing + ": its console cannot be deleted: " + e, e);
        }
    }

    @Override
    public void keepOnly(Set<InstanceId> here) throws DriverException {
        try {
            consoles.keepOnly(here);
        } catch (IOException e) {
            throw new DriverException("consoles of instances that have left cannot be deleted: " + e, e);
        }
    }

    @Override
    public void onChange(Consumer<GuestChange> consumer) {
        consumers.add(consumer);
    }

    @Override
    public String trouble() {
        return trouble;
    }

    @Override
    public void close() {
        closed = true;
        consumers.clear();
        connector.interrupt();
        try {
            connector.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        heartbeats.close();
        calls.close();
    }

    // ---- the connection

    private void stayConnected() {
        kvm.complete(
                switch (settings.virtualization()) {
                    case KVM -> true;
                    case TCG -> false;
                    case AUTO -> KvmProbe.runsGuests();
                });
        Duration pause = RECONNECT_PAUSE_MIN;
        while (!closed) {
            try {
                LibvirtEvents.ensureRunning();
                WatchdogEvents connect = new WatchdogEvents(settings.libvirtUri());
                pause = RECONNECT_PAUSE_MIN;
                useUntilLost(connect);
            } catch (LibvirtException e) {
                lost("libvirt at " + settings.libvirtUri() + " cannot be reached: " + e.getMessage());
                pause = pause.multipliedBy(2).compareTo(RECONNECT_PAUSE_MAX) < 0
                        ? pause.multipliedBy(2)
                        : RECONNECT_PAUSE_MAX;
            } catch (UnsatisfiedLinkError e) {
                lost("libvirt's library cannot be loaded (" + e.getMessage() + "); install libvirt0");
                return;
            } catch (InterruptedException e) {
                return; // only close() interrupts this thread
            }
            // Guests write on while libvirt is away.
            consoles.trim();
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void useUntilLost(WatchdogEvents connect) throws LibvirtException, InterruptedException {
        SynchronousQueue<ConnectionCloseReason> loss = new SynchronousQueue<>();
        String reason = "connection lost";
        LifecycleListener listener = this::onLifecycle;
        try {
            connect.setKeepAlive((int) settings.keepaliveInterval().toSeconds(), settings.keepaliveCount());
            connect.registerCloseListener((ignored, why) -> {
                // Offered only to a connector that waits; if it does not, it looks for itself a second later.
                var _ = loss.offer(why);
            });
            connect.addLifecycleListener(listener);
            if (!connect.listen((instance, done) -> tell(new GuestChange.Bitten(instance, done)))) {
                reason = "it does not tell of watchdogs";
                return;
            }
            // libvirt looks at QEMU's abilities once in its life, which takes long; not while a guest waits to start.
            connect.getCapabilities();
            connection.set(connect);
            trouble = "";
            log.info("libvirt={} lost -> connected", settings.libvirtUri());
            tell(new GuestChange.HypervisorBack());
            while (!closed) {
                // Each second: a guest that shouts writes some megabytes in between.
                consoles.trim();
                ConnectionCloseReason why = loss.poll(1, TimeUnit.SECONDS);
                if (why != null || !connect.isAlive()) {
                    reason = "connection closed: " + (why == null ? "not alive" : why);
                    break;
                }
            }
        } finally {
            connection.set(null);
            if (!closed) {
                lost("libvirt at " + settings.libvirtUri() + ": " + reason);
            }
            closeQuietly(connect, listener);
        }
    }

    private void lost(String reason) {
        boolean news = trouble.isEmpty();
        trouble = reason;
        if (news) {
            log.warn("libvirt={} connected -> lost reason={}", settings.libvirtUri(), reason);
            tell(new GuestChange.HypervisorLost(reason));
        }
    }

    /**
     * In the pool, because closing a connection to a daemon that hangs may hang. The listeners go first: a connection
     * that has any is kept open by libvirt, and would go on telling a connection that is no more.
     */
    private void closeQuietly(WatchdogEvents connect, LifecycleListener listener) {
        try {
            calls.call("closing the connection", () -> {
                try {
                    connect.ignore();
                    connect.removeLifecycleListener(listener);
                    connect.unregisterCloseListener();
                } catch (LibvirtException e) {
                    log.debug("libvirt={} listeners went with the connection", settings.libvirtUri());
                }
                return connect.close();
            });
        } catch (DriverException e) {
            log.debug("libvirt={} old connection not closed reason={}", settings.libvirtUri(), e.getMessage());
        }
    }

    private Connect connected(String doing) throws DriverException {
        Connect connect = connection.get();
        if (connect == null) {
            throw new DriverException(doing + ": " + trouble);
        }
        return connect;
    }

    // ---- events; on libvirt's thread, where no question may be asked

    private int onLifecycle(Domain domain, DomainEvent event) {
        InstanceId instance = ours(domain);
        if (instance != null) {
            switch (event.getType()) {
                case STARTED -> tell(new GuestChange.Started(instance));
                case STOPPED -> tell(new GuestChange.Ended(instance, cause(event.getDetail())));
                case CRASHED -> tell(new GuestChange.Ended(instance, "crashed"));
                case DEFINED, UNDEFINED, SUSPENDED, RESUMED, SHUTDOWN, PMSUSPENDED, UNKNOWN -> {}
            }
        }
        return 0;
    }

    private static String cause(StoppedDetail detail) {
        return switch (detail) {
            case SHUTDOWN -> "shutdown";
            case DESTROYED -> "destroyed";
            case CRASHED -> "crashed";
            case MIGRATED -> "migrated";
            case SAVED -> "saved";
            case FAILED, FROM_SNAPSHOT, UNKNOWN -> "failed";
        };
    }

    private void tell(GuestChange change) {
        consumers.forEach(consumer -> consumer.accept(change));
    }

    // ---- questions to libvirt; inside LibvirtCalls

    private static Map<Life, Path> channels(Map<Life, DomainXml.Mark> running) {
        Map<Life, Path> channels = new HashMap<>();
        running.forEach((life, mark) -> {
            if (mark.heartbeat() != null) {
                channels.put(life, mark.heartbeat());
            }
        });
        return channels;
    }

    private void readGuest(Domain domain, boolean running, List<Guest> found, Map<Life, DomainXml.Mark> seen)
            throws LibvirtException {
        InstanceId instance = ours(domain);
        try {
            if (instance == null) {
                return;
            }
            Life life = new Life(instance.value(), running ? domain.getID() : -1);
            DomainXml.Mark mark = marks.get(life);
            if (mark == null) {
                mark = readMark(domain).orElse(null);
            }
            if (mark != null) {
                boolean paused = running && mark.held() && LibvirtHolds.stands(domain);
                if (paused) {
                    heartbeats.excuse(instance);
                }
                found.add(new Guest(
                        instance,
                        mark.generation(),
                        running,
                        running && heartbeats.cameUp(life),
                        paused,
                        running ? heartbeats.health(life) : GuestHealth.UNKNOWN));
                if (running) {
                    seen.put(life, mark);
                    // One that is just being started may have no path yet; it is read again.
                    if (mark.heartbeat() != null) {
                        marks.put(life, mark);
                    }
                }
            }
        } catch (LibvirtException e) {
            if (!isGone(e)) {
                throw e;
            }
        } finally {
            domain.free();
        }
    }

    private static @Nullable InstanceId ours(Domain domain) {
        try {
            InstanceId instance = InstanceId.parse(domain.getUUIDString());
            return domain.getName().equals(DomainXml.domainName(instance)) ? instance : null;
        } catch (LibvirtException e) {
            return null; // both are read from our own memory; a domain without them is nobody's
        }
    }

    static Optional<DomainXml.Mark> readMark(Domain domain) throws LibvirtException {
        try {
            return DomainXml.mark(domain.getXMLDesc(0));
        } catch (XMLStreamException e) {
            throw new IllegalStateException("libvirt's own description of a domain cannot be read", e);
        }
    }

    static Optional<Generation> runningGeneration(Connect connect, InstanceId instance)
            throws LibvirtException, DriverException {
        Domain domain = lookup(connect, instance);
        if (domain == null) {
            return Optional.empty();
        }
        try {
            if (domain.isActive() != 1) {
                return Optional.empty();
            }
            Optional<Generation> generation = readMark(domain).map(DomainXml.Mark::generation);
            if (generation.isEmpty()) {
                throw new DriverException("a domain with the id of instance " + instance
                        + " runs here without our mark; end it with 'virsh destroy " + instance + "'");
            }
            return generation;
        } catch (LibvirtException e) {
            if (isGone(e)) {
                return Optional.empty();
            }
            throw e;
        } finally {
            domain.free();
        }
    }

    static @Nullable Domain lookup(Connect connect, InstanceId instance) throws LibvirtException {
        try {
            return connect.domainLookupByUUID(instance.value());
        } catch (LibvirtException e) {
            if (isGone(e)) {
                return null;
            }
            throw e;
        }
    }

    /** libvirt says that there is no such domain, or that it does not run. */
    private static boolean isGone(LibvirtException e) {
        if (e.getError() == null) {
            return false;
        }
        Error.ErrorNumber code = e.getError().getCode();
        return code == Error.ErrorNumber.VIR_ERR_NO_DOMAIN || code == Error.ErrorNumber.VIR_ERR_OPERATION_INVALID;
    }

    private Path console(InstanceId instance) throws DriverException {
        try {
            return consoles.fileOf(instance);
        } catch (IOException e) {
            throw new DriverException("instance " + instance + ": no place for its console: " + e, e);
        }
    }

    private DomainXml.Hardware hardware(InstanceId instance, GuestSpec spec, GuestDisks.DiskPaths paths)
            throws DriverException {
        Path console = console(instance);
        try {
            return new DomainXml.Hardware(
                    kvm.get(settings.driverTimeout().toMillis(), TimeUnit.MILLISECONDS),
                    paths.disk(),
                    paths.image(),
                    spec.imageFormat(),
                    paths.cache(),
                    spec.kernel() == null ? null : disks.image(instance, spec.kernel()),
                    spec.ramdisk() == null ? null : disks.image(instance, spec.ramdisk()),
                    console,
                    disks.configDrive(instance, spec),
                    floating);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException("instance " + instance + ": interrupted before it was started", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new DriverException("instance " + instance + ": whether this host has KVM is not known yet", e);
        }
    }

    private static void pause(String doing, Duration pause) throws DriverException {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(doing + ": interrupted", e);
        }
    }
}
